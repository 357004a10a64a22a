import Millrace

/// All rows of a file in memory, in the order of their times; rows of the same time stay in the file's order.
struct SortedRows {
    private struct Entry {
        var time: Timestamp
        var start: Int
        var lengths: (key: Int32, id: Int32, payload: Int32, label: Int32)
        var isPositive: Bool
    }

    private var bytes: [UInt8] = []
    private var entries: [Entry] = []
    private var next = 0

    init(_ reader: EventReader) throws {
        var row = EventRow()
        while try reader.next(&row) {
            entries.append(
                Entry(
                    time: row.time, start: bytes.count,
                    lengths: (
                        Int32(row.key.count), Int32(row.id.count), Int32(row.payload.count), Int32(row.label.count)
                    ),
                    isPositive: row.isPositive))
            bytes += row.key
            bytes += row.id
            bytes += row.payload
            bytes += row.label
        }
        entries.sort { ($0.time, $0.start) < ($1.time, $1.start) }
    }

    mutating func next(_ row: inout EventRow) -> Bool {
        guard next < entries.count else { return false }
        let entry = entries[next]
        next += 1
        row.removeAll()
        row.time = entry.time
        row.isPositive = entry.isPositive
        var at = entry.start
        func take(_ count: Int32, _ part: inout [UInt8]) {
            part.append(contentsOf: bytes[at..<(at + Int(count))])
            at += Int(count)
        }
        take(entry.lengths.key, &row.key)
        take(entry.lengths.id, &row.id)
        take(entry.lengths.payload, &row.payload)
        take(entry.lengths.label, &row.label)
        return true
    }
}
