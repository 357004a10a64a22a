import MillraceCore

/// Writes transactions and labels as JSON objects, one a payload:
///
///     {"tx_id":123,"datetime":"2018-04-01T00:00:31","customer":596,"terminal":3156,"amount":57.16}
///     {"tx_id":123,"reported":"2018-04-08T00:00:31","fraud":1}
public struct TransactionJSONWriter: Sendable {
    /// Transactions shorter than this are made so long, by a member `padding`: for tests of throughput.
    public let size: Int?
    private var clock = PayloadClock()
    private var labelClock = PayloadClock()

    public init(size: Int? = nil) { self.size = size }

    /// Appends a payload for each of the rows.
    public mutating func append(_ batch: TransactionBatch, rows: Range<Int>? = nil, to buffer: PayloadBuffer) {
        for row in rows ?? 0..<batch.count {
            buffer.append(atMost: max(size ?? 0, 160)) { target in
                var end = PayloadDigits.text("{\"tx_id\":", target)
                end = PayloadDigits.number(batch.ids[row], end)
                end = PayloadDigits.text(",\"datetime\":\"", end)
                end = clock.write(batch.seconds[row], end)
                end = PayloadDigits.text("\",\"customer\":", end)
                end = PayloadDigits.number(Int(batch.customers[row]), end)
                end = PayloadDigits.text(",\"terminal\":", end)
                end = PayloadDigits.number(Int(batch.terminals[row]), end)
                end = PayloadDigits.text(",\"amount\":", end)
                end = PayloadDigits.hundredths(Int(batch.cents[row]), end)
                if let size { end = pad(end, size - 1 - (end - target), seed: batch.ids[row]) }
                end[0] = UInt8(ascii: "}")
                return end + 1
            }
        }
    }

    /// Appends a payload for a label.
    public mutating func append(_ label: DelayedLabels<Int>.Label, to buffer: PayloadBuffer) {
        buffer.append(atMost: 100) { target in
            var end = PayloadDigits.text("{\"tx_id\":", target)
            end = PayloadDigits.number(label.event, end)
            end = PayloadDigits.text(",\"reported\":\"", end)
            end = labelClock.write(Int(label.reported.microseconds / 1_000_000), end)
            end = PayloadDigits.text(label.isFraud ? "\",\"fraud\":1}" : "\",\"fraud\":0}", end)
            return end
        }
    }

    /// Fills up to the wanted length: with a member when there is room for one, else with blanks. The letters change
    /// from row to row, or compression would make nothing of them.
    private func pad(_ target: UnsafeMutablePointer<UInt8>, _ missing: Int, seed: Int) -> UnsafeMutablePointer<UInt8> {
        guard missing > 0 else { return target }
        guard missing >= 13 else {
            target.update(repeating: UInt8(ascii: " "), count: missing)
            return target + missing
        }
        var end = PayloadDigits.text(",\"padding\":\"", target)
        var word: UInt64 = 0
        for index in 0..<missing - 13 {
            if index % 12 == 0 { word = SimulationRandom.mix(UInt64(truncatingIfNeeded: seed &* 4096 &+ index)) }
            end[index] = UInt8(truncatingIfNeeded: 97 + word & 15)
            word >>= 5
        }
        end += missing - 13
        end[0] = UInt8(ascii: "\"")
        return end + 1
    }
}
