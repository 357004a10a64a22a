import MillraceCore

/// What is aggregated per value of one key column, compiled: how a key's record and its events lie in memory, and which
/// features are read from them.
struct RollingPlan: Sendable {
    enum ValueType: Sendable, Equatable {
        /// An integer; the feature is divided by 10^scale.
        case integer(scale: Int)
        case float
        /// Only told apart: each different text has a number of its own.
        case text
    }

    /// A column that is aggregated: one word of each event in the ring.
    struct Value: Sendable, Equatable {
        var column: Int
        var type: ValueType
    }

    enum AccumulatorKind: Sendable, Equatable {
        case positives, present, sumInteger, sumFloat, squaresInteger, squaresFloat, minimum, maximum, distinct

        /// Words of a key's record.
        var words: Int {
            switch self {
            case .positives, .present, .distinct: 1
            case .sumInteger, .squaresInteger: 2
            case .sumFloat, .squaresFloat, .minimum, .maximum: 4
            }
        }
    }

    struct Accumulator: Sendable {
        var kind: AccumulatorKind
        /// The word of an event that it reads, and what that is when it is null.
        var word: Int
        var null: UInt64
        var isFloat: Bool
        /// The word of the key's record at which it lies.
        var offset: Int
        /// Of a distinct count: which of the group's.
        var table = 0
    }

    enum Reading: Sendable, Equatable {
        case count, present, sum, mean, minimum, maximum, deviation, distinct, rate
    }

    struct Output: Sendable {
        var feature: Int
        var reading: Reading
        var isFloat: Bool
        /// Offsets of the accumulators it reads: present (or positives, distinct, the queue), sum, squares.
        var first = 0
        var sum = 0
        var squares = 0
        /// The word of an event that a least or greatest value is read from.
        var word = 0
        var divisor = 1.0
        var empty: Double
    }

    /// Events with time in (t − reach, t − delay].
    struct Span: Sendable {
        var delay: Int64
        var reach: Int64
        /// The word of the key's record with the position after the newest event inside; the next word: the oldest.
        var offset = 0
        var accumulators: [Accumulator] = []
        var outputs: [Output] = []
    }

    /// Words of a key's record before the first span: ring's offset, capacity − 1, position after the newest event, time
    /// of the newest event, oldest position in the ring, whether it is in use.
    static let headerWords = 6
    static let ring = 0
    static let mask = 1
    static let end = 2
    static let newest = 3
    static let first = 4
    static let used = 5

    let keyColumn: Int
    let keyIsText: Bool
    let keyNull: UInt64
    private(set) var values: [Value] = []
    private(set) var spans: [Span] = []
    private(set) var recordWords = headerWords
    private(set) var hasLabels = false
    private(set) var distinctCount = 0

    init(keyColumn: Int, type: ColumnType) {
        self.keyColumn = keyColumn
        keyIsText = type.isText
        keyNull = Cell.null(type)
    }

    /// Words of an event in the ring: its moment and its values. Few, since keys lie scattered over more memory than the
    /// processor's cache holds.
    var eventWords: Int { 1 + values.count }

    /// An event's time in µs, and in the lowest bit whether it is known to be positive.
    @inline(__always)
    static func moment(_ time: Int64, isPositive: Bool) -> UInt64 {
        UInt64(bitPattern: time &<< 1) | (isPositive ? 1 : 0)
    }

    @inline(__always)
    static func time(_ moment: UInt64) -> Int64 { Int64(bitPattern: moment) &>> 1 }

    /// How far back anything looks, in µs.
    var reach: Int64 { spans.map(\.reach).max() ?? 0 }
    var hasTextValues: Bool { values.contains { $0.type == .text } }

    /// Adds a feature over one span.
    mutating func add(
        _ function: FeatureDeclaration.RollingFunction, of value: Value?, delay: Int64, duration: Int64, feature: Int,
        empty: Double?
    ) {
        var word = 0
        if let value {
            if !values.contains(value) { values.append(value) }
            word = 1 + values.firstIndex(of: value)!
        }
        let found = spans.firstIndex { $0.delay == delay && $0.reach == delay + duration }
        let span = found ?? spans.count
        if found == nil {
            spans.append(Span(delay: delay, reach: delay + duration, offset: recordWords))
            recordWords += 2
        }
        let isFloat = value?.type == .float
        var output = Output(feature: feature, reading: .count, isFloat: isFloat, empty: empty ?? .nan)
        if case .integer(let scale) = value?.type { output.divisor = NumericCell.powersOfTen[scale] }
        output.word = word
        let null =
            switch value?.type {
            case .float: Cell.nullFloat
            case .text: Cell.nullText
            case .integer, nil: Cell.nullInteger
            }
        func place(_ kind: AccumulatorKind) -> Int {
            accumulator(Accumulator(kind: kind, word: word, null: null, isFloat: isFloat, offset: 0), span: span)
        }
        switch function {
        case .count:
            if value != nil {
                output.reading = .present
                output.first = place(.present)
            }
        case .sum, .mean:
            output.reading = function == .sum ? .sum : .mean
            output.first = place(.present)
            output.sum = place(isFloat ? .sumFloat : .sumInteger)
            // A sum of nothing is zero, a mean of nothing is missing.
            if function == .sum { output.empty = empty ?? 0 }
        case .standardDeviation:
            output.reading = .deviation
            output.first = place(.present)
            output.sum = place(isFloat ? .sumFloat : .sumInteger)
            output.squares = place(isFloat ? .squaresFloat : .squaresInteger)
        case .minimum, .maximum:
            output.reading = function == .minimum ? .minimum : .maximum
            output.first = place(function == .minimum ? .minimum : .maximum)
        case .distinct:
            output.reading = .distinct
            output.first = place(.distinct)
        case .labelRate:
            output.reading = .rate
            output.first = place(.positives)
            hasLabels = true
        }
        spans[span].outputs.append(output)
    }

    private mutating func accumulator(_ wanted: Accumulator, span: Int) -> Int {
        if let found = spans[span].accumulators.first(where: { $0.kind == wanted.kind && $0.word == wanted.word }) {
            return found.offset
        }
        // 128-bit sums lie at even words.
        if wanted.kind.words > 1, recordWords % 2 == 1 { recordWords += 1 }
        var accumulator = wanted
        accumulator.offset = recordWords
        recordWords += wanted.kind.words
        if wanted.kind == .distinct {
            accumulator.table = distinctCount
            distinctCount += 1
        }
        spans[span].accumulators.append(accumulator)
        return accumulator.offset
    }
}
