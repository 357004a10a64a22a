import Testing

/// Something that reads bytes which others wrote.
struct FuzzedDecoder: Sendable, CustomTestStringConvertible {
    enum Outcome: Equatable {
        case accepted
        /// With its reason in words or as a code.
        case rejected(String)
    }

    var name: String
    /// Of a thousand records, how many are this decoder's.
    var share: Int
    /// Records that are right: each must be accepted as it is.
    var seeds: [[UInt8]]
    /// Of the format.
    var words: [String] = []
    /// Makes checksums right again that a change has spoilt, so that what lies behind them is reached; nil: there are none.
    var mend: (@Sendable ([UInt8]) -> [UInt8])?
    /// Makes what reads one record after the other.
    var open: @Sendable () throws -> ([UInt8]) throws -> Outcome

    var testDescription: String { name }
}
