import Kafka
import Millrace

/// The columns of a batch that the decoder and the machine read, in buffers used again for every batch.
final class BatchColumns {
    private let capacity: Int
    private let payloads: UnsafeMutablePointer<UnsafeRawPointer?>
    private let lengths: UnsafeMutablePointer<Int>
    private let timestamps: UnsafeMutablePointer<Int64>
    private let ids: UnsafeMutablePointer<UInt64>

    init(capacity: Int) {
        self.capacity = capacity
        payloads = .allocate(capacity: capacity)
        lengths = .allocate(capacity: capacity)
        timestamps = .allocate(capacity: capacity)
        ids = .allocate(capacity: capacity)
    }

    deinit {
        payloads.deallocate()
        lengths.deallocate()
        timestamps.deallocate()
        ids.deallocate()
    }

    /// Decodes the messages of a range, which are of one partition.
    func decode(_ batch: MessageBatch, _ range: Range<Int>, with decoder: RecordDecoder) {
        var row = 0
        for index in range {
            let value = batch.valueColumn[index]
            payloads[row] = value.baseAddress
            lengths[row] = value.count
            timestamps[row] = batch.timestampMilliseconds(at: index).map { $0 &* 1000 } ?? .min
            row += 1
        }
        decoder.decode(payloads: payloads, lengths: lengths, count: row)
        decoder.resolveKnown(timestamps: timestamps)
        if let unique = decoder.schema.unique { fillIDs(decoder, column: unique.column) }
    }

    /// What the machine reads of the range that was decoded last.
    func records(_ batch: MessageBatch, _ range: Range<Int>, _ decoder: RecordDecoder) -> PartitionMachine.Records? {
        guard let times = decoder.times.baseAddress, let faults = decoder.faults.baseAddress else { return nil }
        return PartitionMachine.Records(
            offsets: batch.offsetColumn + range.lowerBound, times: times, timestamps: timestamps, faults: faults,
            ids: decoder.schema.unique == nil ? nil : ids)
    }

    /// 64 bits for each id: the number itself, or a hash of the text with the top bit set.
    private func fillIDs(_ decoder: RecordDecoder, column: Int) {
        let cells = decoder.cells(column)
        let heap = decoder.heap(column)
        for row in 0..<decoder.count {
            let cell = cells[row]
            ids[row] =
                Cell.isHeapText(cell)
                ? Self.hash(heap, Cell.textOffset(cell), Cell.textLength(cell)) | 1 << 63 : cell
        }
    }

    /// The same in every process (a successor must find the same duplicates): 64-bit words, multiplied and folded.
    private static func hash(_ heap: UnsafeRawBufferPointer, _ start: Int, _ count: Int) -> UInt64 {
        var state: UInt64 = 0x243F_6A88_85A3_08D3 ^ UInt64(count)
        var at = start
        let end = start + count
        func mix(_ word: UInt64) {
            let product = (state ^ word).multipliedFullWidth(by: 0x9E37_79B9_7F4A_7C15)
            state = product.high ^ product.low &+ word
        }
        while end - at >= 8 {
            mix(heap.loadUnaligned(fromByteOffset: at, as: UInt64.self))
            at += 8
        }
        var last: UInt64 = 0
        while at < end {
            last = last << 8 | UInt64(heap[at])
            at += 1
        }
        mix(last)
        mix(UInt64(count) &* 0xD6E8_FEB8_6659_FD93)
        return state
    }
}
