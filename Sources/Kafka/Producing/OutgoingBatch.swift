/// Messages for one topic in one flat buffer: the way to send hundreds of thousands a second.
///
/// Filled, sent, and reused with `removeAll(keepingCapacity:)`. Headers and timestamps need `Producer.send`.
public struct OutgoingBatch: Sendable {
    struct Entry {
        var keyStart = 0
        /// -1 without a key.
        var keyCount = -1
        var valueStart = 0
        /// -1 for a tombstone.
        var valueCount = -1
        /// -1 to let the key decide.
        var partition: Int32 = -1
    }

    var bytes: [UInt8] = []
    var entries: [Entry] = []

    public init() {}

    public var count: Int { entries.count }
    public var isEmpty: Bool { entries.isEmpty }
    /// Bytes of all keys and values.
    public var byteCount: Int { bytes.count }

    public mutating func reserveCapacity(messages: Int, bytes: Int) {
        entries.reserveCapacity(messages)
        self.bytes.reserveCapacity(bytes)
    }

    /// Appends a message; both parts are copied.
    ///
    /// - Parameter partition: where it goes; by its key's hash if nil.
    public mutating func append(
        key: UnsafeRawBufferPointer? = nil, value: UnsafeRawBufferPointer?, partition: Int32? = nil
    ) {
        var entry = Entry(partition: partition ?? -1)
        if let key {
            entry.keyStart = bytes.count
            entry.keyCount = key.count
            bytes.append(contentsOf: key)
        }
        if let value {
            entry.valueStart = bytes.count
            entry.valueCount = value.count
            bytes.append(contentsOf: value)
        }
        entries.append(entry)
    }

    /// Appends a message; both parts are copied.
    public mutating func append(key: [UInt8]? = nil, value: [UInt8]?, partition: Int32? = nil) {
        withBytes(key) { key in withBytes(value) { value in append(key: key, value: value, partition: partition) } }
    }

    public mutating func removeAll(keepingCapacity keeps: Bool = true) {
        bytes.removeAll(keepingCapacity: keeps)
        entries.removeAll(keepingCapacity: keeps)
    }

    private func withBytes(_ array: [UInt8]?, _ body: (UnsafeRawBufferPointer?) -> Void) {
        guard let array else { return body(nil) }
        array.withUnsafeBytes { body($0) }
    }
}
