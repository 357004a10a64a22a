import MillraceCore

/// Writes transactions as the lines of a CSV file, each with its line end:
/// `123,2018-04-01T00:00:31,596,3156,57.16,0,0`.
public struct TransactionCSVWriter: Sendable {
    public static let header = "tx_id,datetime,customer,terminal,amount,fraud,scenario\n"

    private var clock = PayloadClock()

    public init() {}

    /// Appends a line for each of the rows.
    public mutating func append(_ batch: TransactionBatch, rows: Range<Int>? = nil, to buffer: PayloadBuffer) {
        for row in rows ?? 0..<batch.count {
            buffer.append(atMost: 120) { target in
                var end = PayloadDigits.number(batch.ids[row], target)
                end[0] = UInt8(ascii: ",")
                end = clock.write(batch.seconds[row], end + 1)
                end[0] = UInt8(ascii: ",")
                end = PayloadDigits.number(Int(batch.customers[row]), end + 1)
                end[0] = UInt8(ascii: ",")
                end = PayloadDigits.number(Int(batch.terminals[row]), end + 1)
                end[0] = UInt8(ascii: ",")
                end = PayloadDigits.hundredths(Int(batch.cents[row]), end + 1)
                end = PayloadDigits.text(batch.isFraud(row) ? ",1," : ",0,", end)
                end[0] = 48 + batch.scenarios[row]
                end[1] = UInt8(ascii: "\n")
                return end + 2
            }
        }
    }
}
