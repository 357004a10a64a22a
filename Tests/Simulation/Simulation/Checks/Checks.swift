import Kafka
import Millrace
import World

/// Looks at what a run has left, and at some things while it goes on.
final class Checks {
    unowned let theatre: Theatre
    /// Messages decoded before, by topic: what is committed stays as it is.
    private var decoded: [Arrow: (entries: Int, messages: [Found])] = [:]
    private var sealed = Readings<(offset: Int64, entry: PartitionLog.Entry, seal: SliceSealed)>()
    private var announced = Readings<(change: PartitionsChanged, offset: Int64)>()
    private var ready = Readings<DatasetReady>()
    private var released = Readings<(offset: Int64, release: Release)>()
    var pipeline: Pipeline { theatre.pipeline }
    var broker: Broker { theatre.broker }

    init(_ theatre: Theatre) { self.theatre = theatre }

    /// A committed message of a control topic.
    typealias Found = (offset: Int64, entry: PartitionLog.Entry, message: ReceivedMessage)

    var sources: [TopicPartition] {
        var sources = (0..<theatre.partitions).map { TopicPartition("transactions", Int32($0)) }
        if theatre.scenario.cast == .all { sources.append(TopicPartition("labels", 0)) }
        return sources
    }

    func log(_ partition: TopicPartition) -> PartitionLog { broker.topics[partition.topic]![Int(partition.partition)] }

    /// Committed messages of a control topic, with their offsets.
    func messages(_ arrow: Arrow) -> [Found] {
        guard let log = broker.topics[arrow.topic(of: pipeline.name)]?.first else { return [] }
        var (first, found) = decoded[arrow] ?? (0, [])
        var isSettled = true
        for offset in first..<log.entries.count {
            let entry = log.entries[offset]
            if entry.fate == .open, isSettled {
                decoded[arrow] = (offset, found)
                isSettled = false
            }
            guard let record = entry.record, entry.fate == .committed,
                let message = try? MessageCodec.decode(
                    headers: record.headers.map { OutgoingRecord.Header($0.name, $0.value) }, value: record.value?.array
                )
            else { continue }
            found.append((Int64(offset), entry, message))
        }
        if isSettled { decoded[arrow] = (log.entries.count, found) }
        return found
    }

    /// All seals, decoded once.
    var seals: [(offset: Int64, entry: PartitionLog.Entry, seal: SliceSealed)] {
        sealed.take(messages(.slices)) { found in
            (try? found.message.payload(SliceSealed.self)).map { (found.offset, found.entry, $0) }
        }
    }

    /// What was announced of partitions that were added to the source, with the offsets of the announcements.
    var additions: [(change: PartitionsChanged, offset: Int64)] {
        announced.take(messages(.slices)) { found in
            (try? found.message.payload(PartitionsChanged.self)).map { (change: $0, offset: found.offset) }
        }
    }

    var datasets: [DatasetReady] {
        ready.take(messages(.datasets)) { try? $0.message.payload(DatasetReady.self) }
    }

    var releases: [(offset: Int64, release: Release)] {
        released.take(messages(.releases)) { found in (try? Release(found.message)).map { (found.offset, $0) } }
    }

    // MARK: Is it over

    /// What has still to be done; nil when nothing has.
    var whatIsLeft: String? {
        let committed = broker.committed(Role.ingest.group(of: pipeline.name))
        for source in sources {
            let end = log(source).stable
            let offset = committed[source]?.offset ?? 0
            if offset < end { return "\(source) is committed up to \(offset) of \(end)" }
        }
        guard theatre.scenario.cast == .all else { return nil }
        let unread =
            unread(.transform, .slices) ?? unread(.train, .datasets) ?? unread(.publish, .models)
            ?? unread(.train, .retrain) ?? unread(.publish, .requests) ?? unread(.transform, .requests)
        if let unread { return unread }
        if let window = theatre.quarantined { return "\(window) is in quarantine" }
        if let window = lastSealedWindow, datasets.last.map({ $0.window.end < window.end }) ?? true {
            return "the window \(window) has no dataset"
        }
        if let run = RunChecks(self).open { return "the run \(run) has no verdict" }
        return ReleaseChecks(checks: self).difference().map { "the registry is behind: \($0.detail)" }
    }

    /// Whether a role has read an input to its end.
    private func unread(_ role: Role, _ arrow: Arrow) -> String? {
        let partition = TopicPartition(arrow.topic(of: pipeline.name), 0)
        guard let log = broker.topics[partition.topic]?.first,
            let last = log.entries.lastIndex(where: { $0.record != nil && $0.fate != .aborted })
        else { return nil }
        let offset = broker.committed(role.group(of: pipeline.name))[partition]?.offset ?? 0
        return offset <= last ? "\(role) has read \(partition.topic) up to \(offset) of \(last + 1)" : nil
    }

    /// The last window that every partition has sealed, if any has rows by then. One that was added has done with the
    /// windows before the first that it takes part in, and holds none up until that is announced. It is announced when
    /// there are seals that do not count it; before the first it is counted with the others, and waited for like them.
    private var lastSealedWindow: Window? {
        var through: [TopicPartition: Timestamp] = [:]
        var counts: [String: Int] = [:]
        var first: Timestamp?
        for change in additions.map(\.change) {
            for index in change.oldCount..<change.newCount {
                // The first announcement wins.
                let partition = TopicPartition(change.topic, Int32(index))
                through[partition] = through[partition] ?? change.firstWindowStart ?? .distantPast
            }
        }
        for (_, _, seal) in seals {
            through[TopicPartition(seal.topic, Int32(seal.partition))] = seal.sealedThrough
            counts[seal.topic] = max(counts[seal.topic] ?? 0, seal.partitionCount)
            guard seal.kind == .events else { continue }
            for slice in seal.slices { first = min(first ?? slice.window.start, slice.window.start) }
        }
        let unsealed = sources.filter { through[$0] == nil }
        guard let first, let least = through.values.min(), least > first,
            unsealed.allSatisfy({ source in counts[source.topic].map { $0 <= source.partition } ?? false })
        else { return nil }
        return Window(start: least - pipeline.windows.size, end: least)
    }

    func duringTheRun() -> [Violation] {
        let intruders = theatre.intruders.map {
            Violation(.lock, "a second worker named '\($0)' was let into the folder that the first is using")
        }
        guard intruders.isEmpty, theatre.scenario.cast == .all else { return intruders }
        return [ReleaseChecks(checks: self).present()].compactMap { $0 }
    }

    func atTheEnd() -> [Violation] {
        var found = Commits(self).violations()
        for source in sources {
            found +=
                theatre.lossy.contains(source)
                ? LossChecks(checks: self, source: source).violations() : IngestChecks(self, source).violations()
        }
        guard theatre.scenario.cast == .all, found.isEmpty else { return found }
        found = DatasetChecks(checks: self).violations()
        if found.isEmpty { found = RunChecks(self).violations() }
        if found.isEmpty { found = ReleaseChecks(checks: self).violations() }
        return found.isEmpty ? RequestChecks(checks: self).violations() : found
    }
}

/// What was made of the messages of a topic, until there are more of them: not always at the end, since transactions
/// end in any order.
private struct Readings<Element> {
    private var count = 0
    private var elements: [Element] = []

    mutating func take(_ messages: [Checks.Found], _ read: (Checks.Found) -> Element?) -> [Element] {
        if messages.count != count { (count, elements) = (messages.count, messages.compactMap(read)) }
        return elements
    }
}

/// What ingest has committed never goes back.
struct Commits {
    let checks: Checks

    init(_ checks: Checks) { self.checks = checks }

    func violations() -> [Violation] {
        var last: [String: Int64] = [:]
        for commit in checks.broker.commits where commit.group == Role.ingest.group(of: checks.pipeline.name) {
            let name = "\(commit.group) \(commit.offset.partition)"
            if let before = last[name], commit.offset.offset < before {
                return [
                    Violation(
                        .nothingLost,
                        "the committed offset of \(name) went back from \(before) to \(commit.offset.offset)")
                ]
            }
            last[name] = commit.offset.offset
        }
        return []
    }
}
