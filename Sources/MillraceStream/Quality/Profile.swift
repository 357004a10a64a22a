public import MillraceCore

/// What a window's columns and features look like: `profile.json` of a dataset. Exact, and the same bytes for the same
/// rows.
public struct Profile: Codable, Sendable, Equatable {
    public struct Numbers: Codable, Sendable, Equatable {
        public var count: Int
        public var missing: Int
        public var minimum: Double?
        public var maximum: Double?
        public var mean: Double?
        /// Of the population.
        public var standardDeviation: Double?
        /// At 1, 5, 25, 50, 75, 95, 99 %: the smallest value with at least that share at or below it.
        public var quantiles: [Double]
    }

    public struct Texts: Codable, Sendable, Equatable {
        public struct Value: Codable, Sendable, Equatable {
            public var value: String
            public var count: Int
        }
        public var count: Int
        public var missing: Int
        public var distinct: Int
        /// The ten most frequent, the most frequent first; none for a personal column.
        public var top: [Value]
    }

    public static let levels = [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99]

    public var rows: Int
    public var numbers: [String: Numbers] = [:]
    public var texts: [String: Texts] = [:]
    public var features: [String: Numbers] = [:]

    /// - Parameters:
    ///   - events: the window's rows.
    ///   - features: their features, row-major.
    ///   - names: of the features.
    public init(of events: RowTable, features: [Double], names: [String]) {
        rows = events.count
        for (column, values) in zip(events.columns, events.values) {
            switch column.type {
            case .id, .text: texts[column.name] = Self.texts(values, isPersonal: column.isPersonal)
            case let type:
                numbers[column.name] = Self.numbers(values.cells.map { NumericCell.double($0, type: type) })
            }
        }
        for (index, name) in names.enumerated() {
            self.features[name] = Self.numbers(
                stride(from: index, to: features.count, by: names.count).map { features[$0] })
        }
    }

    /// JSON with sorted keys.
    public func encoded() throws(DatasetError) -> [UInt8] { try canonicalJSON(self) }

    /// From what `encoded` made.
    public init(decoding bytes: [UInt8], name: String) throws(DatasetError) {
        self = try decodeJSON(bytes, name: name)
    }

    private static func numbers(_ all: [Double]) -> Numbers {
        let values = all.filter { !$0.isNaN }.sorted()
        var profile = Numbers(count: values.count, missing: all.count - values.count, quantiles: [])
        guard let least = values.first, let greatest = values.last else { return profile }
        let count = Double(values.count)
        let mean = values.reduce(0, +) / count
        profile.minimum = least
        profile.maximum = greatest
        profile.mean = mean
        profile.standardDeviation = (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count).squareRoot()
        profile.quantiles = levels.map { values[max(0, Int((count * $0).rounded(.up)) - 1)] }
        return profile
    }

    private static func texts(_ column: CellColumn, isPersonal: Bool) -> Texts {
        var counts: [CellKey: Int] = [:]
        var missing = 0
        for row in column.cells.indices {
            if let key = CellKey(column, row: row) { counts[key, default: 0] += 1 } else { missing += 1 }
        }
        var profile = Texts(
            count: column.cells.count - missing, missing: missing, distinct: counts.count, top: [])
        if !isPersonal {
            let values = counts.map { key, count in
                switch key {
                case .number(let number): Texts.Value(value: String(number), count: count)
                case .text(let text): Texts.Value(value: text, count: count)
                }
            }
            profile.top = Array(values.sorted { ($1.count, $0.value) < ($0.count, $1.value) }.prefix(10))
        }
        return profile
    }
}
