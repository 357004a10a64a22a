import MillraceCore

/// Simulated transactions and their labels in one order of time, as the world would send them.
public struct SimulatedStream: Sendable {
    /// Transactions in columns, and the labels that become known among them.
    public struct Batch: Sendable {
        public fileprivate(set) var transactions = TransactionBatch()
        public fileprivate(set) var labels: [DelayedLabels<Int>.Label] = []
        /// For each transaction, how many of the labels come before it.
        public fileprivate(set) var labelsBefore: [Int32] = []

        public init() {}

        /// Everything in order: runs of transactions, and labels one by one.
        public func forEach(
            transactions visit: (Range<Int>) throws -> Void, label: (DelayedLabels<Int>.Label) throws -> Void
        ) rethrows {
            var (row, taken) = (0, 0)
            while row < transactions.count {
                while taken < labelsBefore[row] {
                    try label(labels[taken])
                    taken += 1
                }
                let first = row
                while row < transactions.count && labelsBefore[row] == taken { row += 1 }
                try visit(first..<row)
            }
            while taken < labels.count {
                try label(labels[taken])
                taken += 1
            }
        }
    }

    public private(set) var simulator: TransactionSimulator
    public let delay: LabelDelay
    public let reports: LabelReports
    /// Whether labels that become known after the last transaction are given, too.
    public let endsWithLabels: Bool
    private var waiting = DelayedLabels<Int>()
    private var isOver = false

    public init(
        _ simulator: TransactionSimulator, delay: LabelDelay = .observed, reports: LabelReports = .frauds,
        endsWithLabels: Bool = true
    ) {
        self.simulator = simulator
        self.delay = delay
        self.reports = reports
        self.endsWithLabels = endsWithLabels
    }

    /// Empties the batch and fills it with the next transactions, `max` at most, and the labels among them; when there
    /// are no more transactions, with the labels that are left, `max` at a time. False when all is said.
    public mutating func fill(_ batch: inout Batch, max: Int) -> Bool {
        batch.labels.removeAll(keepingCapacity: true)
        batch.labelsBefore.removeAll(keepingCapacity: true)
        guard simulator.fill(&batch.transactions, max: max) else {
            guard endsWithLabels else { return false }
            while batch.labels.count < max, let label = waiting.pop() { batch.labels.append(label) }
            return !batch.labels.isEmpty
        }
        let seed = simulator.parameters.seed
        for row in 0..<batch.transactions.count {
            let time = Timestamp(microseconds: Int64(batch.transactions.seconds[row]) * 1_000_000)
            while let label = waiting.pop(knownAt: time) { batch.labels.append(label) }
            batch.labelsBefore.append(Int32(batch.labels.count))
            let isFraud = batch.transactions.isFraud(row)
            if isFraud || reports == .all {
                let id = batch.transactions.ids[row]
                let after = delay.delay(hash: LabelDelay.hash(id, seed: seed))
                waiting.add(.init(event: id, reported: time + after, isFraud: isFraud))
            }
        }
        return true
    }
}
