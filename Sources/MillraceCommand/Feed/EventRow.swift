import Millrace

/// One event of a file, ready to be sent. Reused from row to row.
struct EventRow {
    var time = Timestamp(microseconds: 0)
    /// The message's key; empty: none.
    var key: [UInt8] = []
    /// The event's id as JSON, as the payload has it.
    var id: [UInt8] = []
    var payload: [UInt8] = []
    /// The label's value as JSON; empty: none.
    var label: [UInt8] = []
    var isPositive = false

    mutating func removeAll() {
        key.removeAll(keepingCapacity: true)
        id.removeAll(keepingCapacity: true)
        payload.removeAll(keepingCapacity: true)
        label.removeAll(keepingCapacity: true)
        isPositive = false
    }
}

/// Why a file cannot be replayed: which line, what was expected, what was found.
struct ReplayError: Error, CustomStringConvertible {
    var description: String

    init(_ file: String, line: Int, _ message: String) {
        description = "\(file):\(line): \(message)"
    }
}
