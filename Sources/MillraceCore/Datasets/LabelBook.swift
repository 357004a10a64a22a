/// What is known of events' labels at any moment: the history of every label, from the label files that
/// `labels.arrived` names.
///
/// Of the labels of an event known at or before a moment, the one reported last wins; of those reported at the same
/// time, the one that became known last; then the one that came last in the order of the files.
public struct LabelBook: Sendable {
    /// The labels of a table's rows as of one moment.
    public struct Labels: Sendable, Equatable {
        /// 1 positive, 0 negative, −1 none known (or withdrawn).
        public var values: [Int8]
        /// When the winning label became known, in µs since 1970; `Int64.max` without one.
        public var known: [Int64]

        public init(values: [Int8], known: [Int64]) {
            self.values = values
            self.known = known
        }

        public var positives: Int { values.count { $0 == 1 } }
    }

    private struct Entry {
        var reported: Int64
        var known: Int64
        var value: Int8
        /// The event's previous entry, or −1.
        var previous: Int32
    }

    private var entries: [Entry] = []
    private var newest: [CellKey: Int32] = [:]
    public private(set) var files: [FileReference] = []

    public init() {}

    /// Labels in the book.
    public var count: Int { entries.count }

    /// Reads the label files of `messages` (below `folder`), checking each against its checksum. Labels that became
    /// known after `through` are left out.
    public init(
        _ messages: some Sequence<LabelsArrived>, folder: String, through: Timestamp = .distantFuture
    ) throws(DatasetError) {
        for message in messages.sorted(by: { $0.window < $1.window }) {
            guard let file = message.file, message.window.start <= through else { continue }
            add(try LabelFile.read(file, folder: folder), through: through)
            files.append(file)
        }
    }

    /// Adds the rows of a label table (the columns of `LabelSource.sliceColumns`) known at or before `through`.
    public mutating func add(_ table: RowTable, through: Timestamp = .distantFuture) {
        guard let events = table.column("event"), let reported = table.column("reported"),
            let known = table.column("known"), let values = table.column("value")
        else { preconditionFailure("a label table has the columns of LabelSource.sliceColumns") }
        for row in 0..<table.count {
            guard let key = CellKey(events, row: row), let instant = known.integer(row),
                instant <= through.microseconds
            else { continue }
            let index = Int32(entries.count)
            entries.append(
                Entry(
                    reported: reported.integer(row) ?? instant, known: instant,
                    value: Int8(clamping: values.integer(row) ?? -1), previous: newest[key] ?? -1))
            newest[key] = index
        }
    }

    /// The label of each row as known at `asOf` (inclusive).
    public func labels(for table: DatasetTable, asOf: Timestamp) -> Labels {
        var values = [Int8](repeating: -1, count: table.count)
        var known = [Int64](repeating: .max, count: table.count)
        for row in 0..<table.count {
            guard let key = CellKey(table.ids, row: row), let winner = winner(key, asOf: asOf.microseconds),
                winner.value >= 0
            else { continue }
            values[row] = winner.value
            known[row] = winner.known
        }
        return Labels(values: values, known: known)
    }

    private func winner(_ key: CellKey, asOf: Int64) -> Entry? {
        var best: Entry?
        var index = newest[key] ?? -1
        while index >= 0 {
            let entry = entries[Int(index)]
            index = entry.previous
            guard entry.known <= asOf else { continue }
            // Entries come newest first, so an equal older one never replaces a newer.
            if let found = best, (found.reported, found.known) >= (entry.reported, entry.known) { continue }
            best = entry
        }
        return best
    }
}
