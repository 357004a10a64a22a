import Millrace

/// Sends JSON lines as they are, without the label that is split off.
struct JSONRowReader: RowReader {
    private let layout: EventLayout
    private let time: [UInt8]
    private let key: [UInt8]?
    private let id: [UInt8]?
    private let label: [UInt8]?
    private var members = JSONMembers()
    private var times: TimeReader

    init(_ layout: EventLayout, zone: String) {
        self.layout = layout
        time = Array(layout.time.utf8)
        key = layout.key.map { Array($0.utf8) }
        id = layout.id.map { Array($0.utf8) }
        label = layout.label.map { Array($0.column.utf8) }
        times = TimeReader(layout.timeFormat, zone: zone)
    }

    mutating func read(_ line: UnsafeRawBufferPointer, into row: inout EventRow) -> String? {
        if let trouble = members.read(line) { return trouble }
        guard let moment = find(time, line) else { return "expected a member '\(layout.time)', found none" }
        let bytes = UnsafeRawBufferPointer(rebasing: line[unquoted(moment.value, line)])
        guard let moment = times.read(bytes) else {
            return "expected a time (\(layout.timeFormat.rawValue)) in '\(layout.time)', found "
                + "'\(String(decoding: bytes, as: UTF8.self))'"
        }
        row.time = moment
        if let key, let member = find(key, line) { row.key.append(contentsOf: line[unquoted(member.value, line)]) }
        if let id, let member = find(id, line) { row.id.append(contentsOf: line[member.value]) }
        guard let label, let found = find(label, line), let layout = layout.label else {
            row.payload.append(contentsOf: line)
            return nil
        }
        row.label.append(contentsOf: line[found.value])
        row.isPositive = layout.isPositive(row.label)
        row.payload.append(UInt8(ascii: "{"))
        for member in members.members where member.name != found.name {
            if row.payload.count > 1 { row.payload.append(UInt8(ascii: ",")) }
            row.payload.append(contentsOf: line[(member.name.lowerBound - 1)..<member.value.upperBound])
        }
        row.payload.append(UInt8(ascii: "}"))
        return nil
    }

    private func find(_ name: [UInt8], _ line: UnsafeRawBufferPointer) -> JSONMembers.Member? {
        members.members.first { line[$0.name].elementsEqual(name) }
    }

    private func unquoted(_ value: Range<Int>, _ line: UnsafeRawBufferPointer) -> Range<Int> {
        line[value.lowerBound] == UInt8(ascii: "\"") ? (value.lowerBound + 1)..<(value.upperBound - 1) : value
    }
}
