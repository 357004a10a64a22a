import MillraceCore

/// The bytes of many messages one after the other, with the offset of each: nothing is allocated for a message.
public final class PayloadBuffer {
    private var memory: UnsafeMutableRawBufferPointer
    /// Where each payload begins, and after the last one where it ends.
    public private(set) var offsets: [Int] = [0]

    public init(capacity: Int = 1 << 20) {
        memory = .allocate(byteCount: max(capacity, 1024), alignment: 16)
    }

    deinit { memory.deallocate() }

    /// Number of payloads.
    public var count: Int { offsets.count - 1 }
    public var isEmpty: Bool { offsets.count == 1 }
    /// All payloads together, valid until the next change.
    public var bytes: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: memory.baseAddress, count: offsets[offsets.count - 1])
    }

    /// The bytes of one payload, valid until the next change.
    public subscript(index: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(
            start: memory.baseAddress! + offsets[index], count: offsets[index + 1] - offsets[index])
    }

    public func removeAll() {
        offsets.removeAll(keepingCapacity: true)
        offsets.append(0)
    }

    /// Appends a payload of at most so many bytes, written by the closure, which gives back where it ended.
    @inline(__always)
    func append(
        atMost limit: Int, _ write: (UnsafeMutablePointer<UInt8>) -> UnsafeMutablePointer<UInt8>
    ) {
        let start = offsets[offsets.count - 1]
        if start + limit > memory.count { grow(start + limit) }
        let first = (memory.baseAddress! + start).assumingMemoryBound(to: UInt8.self)
        let end = write(first)
        assert(end - first <= limit)
        offsets.append(start + (end - first))
    }

    /// Appends a copy of some bytes.
    public func append(_ bytes: UnsafeRawBufferPointer) {
        append(atMost: bytes.count) { target in
            guard let source = bytes.baseAddress else { return target }
            UnsafeMutableRawPointer(target).copyMemory(from: source, byteCount: bytes.count)
            return target + bytes.count
        }
    }

    private func grow(_ needed: Int) {
        let larger = UnsafeMutableRawBufferPointer.allocate(byteCount: max(needed, memory.count * 2), alignment: 16)
        larger.copyMemory(from: UnsafeRawBufferPointer(rebasing: memory[..<offsets[offsets.count - 1]]))
        memory.deallocate()
        memory = larger
    }
}
