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
            timestamps[row] = batch.timestampMilliseconds(at: index).map(Self.microseconds) ?? .min
            row += 1
        }
        decoder.decode(payloads: payloads, lengths: lengths, count: row)
        decoder.resolveKnown(timestamps: timestamps)
        decoder.writeIdentities(to: ids)
    }

    /// Beyond all calendars stays there: the machine refuses it.
    static func microseconds(_ milliseconds: Int64) -> Int64 {
        milliseconds > .max / 1000 ? .max : milliseconds * 1000
    }

    /// What the machine reads of the range that was decoded last.
    func records(_ batch: MessageBatch, _ range: Range<Int>, _ decoder: RecordDecoder) -> PartitionMachine.Records? {
        guard let times = decoder.times.baseAddress, let faults = decoder.faults.baseAddress else { return nil }
        return PartitionMachine.Records(
            offsets: batch.offsetColumn + range.lowerBound, times: times, timestamps: timestamps, faults: faults,
            ids: decoder.schema.unique == nil ? nil : ids)
    }
}
