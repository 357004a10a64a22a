import MillraceCore

/// Some transactions in columns, in order of time and id. Row i of every column is one transaction.
public struct TransactionBatch: Sendable, Equatable {
    public internal(set) var ids: [Int] = []
    /// Seconds since 1970-01-01T00:00:00Z.
    public internal(set) var seconds: [Int] = []
    public internal(set) var customers: [Int32] = []
    public internal(set) var terminals: [Int32] = []
    /// Amounts in hundredths.
    public internal(set) var cents: [Int32] = []
    /// 0 for a genuine transaction, else the pattern of fraud, 1 to 3.
    public internal(set) var scenarios: [UInt8] = []

    public init() {}

    public var count: Int { ids.count }
    public var isEmpty: Bool { ids.isEmpty }

    public func isFraud(_ row: Int) -> Bool { scenarios[row] != 0 }

    mutating func removeAll() {
        ids.removeAll(keepingCapacity: true)
        seconds.removeAll(keepingCapacity: true)
        customers.removeAll(keepingCapacity: true)
        terminals.removeAll(keepingCapacity: true)
        cents.removeAll(keepingCapacity: true)
        scenarios.removeAll(keepingCapacity: true)
    }

    mutating func append(_ other: TransactionBatch, _ rows: Range<Int>) {
        ids.append(contentsOf: other.ids[rows])
        seconds.append(contentsOf: other.seconds[rows])
        customers.append(contentsOf: other.customers[rows])
        terminals.append(contentsOf: other.terminals[rows])
        cents.append(contentsOf: other.cents[rows])
        scenarios.append(contentsOf: other.scenarios[rows])
    }
}
