internal import Foundation

/// Measures how far groups are behind, in offsets and in time.
///
/// Offsets alone mislead: a marker at a partition's end leaves a lag of one that nobody can ever read. So where a group
/// is behind, the first unread message is fetched: its timestamp is the age, its absence a lag of 0. Blocking; one
/// thread uses a reader. `close` when done.
public final class LagReader {
    private let admin: Admin
    private let probe: Consumer
    private let batch = MessageBatch(capacity: 200)

    public init(settings: ClientSettings) throws {
        admin = try Admin(settings: settings)
        var small = settings
        small.isolation = .readCommitted
        small.clientID += ".lag"
        // One message of each partition is wanted.
        small.fetchBytes = 16 << 10
        small.queuedKibibytes = 1024
        small.fetchWait = .milliseconds(20)
        probe = try Consumer(settings: small)
    }

    @discardableResult
    public func close(within deadline: Duration = .seconds(5)) -> Bool {
        let isProbeClosed = probe.close(within: deadline)
        return admin.close(within: deadline) && isProbeClosed
    }

    /// A group's lag in all partitions of some topics.
    ///
    /// - Parameter timeout: for each of the steps; ages not found by then are unknown, with the reason.
    public func lag(of group: String, topics: [String], timeout: Duration = .seconds(10)) throws -> GroupLag {
        let partitions = try admin.describeTopics(topics, timeout: timeout).flatMap { topic in
            (0..<Int32(topic.partitionCount)).map { TopicPartition(topic.name, $0) }
        }
        let description = try describe(group, timeout: timeout)
        let committed = try admin.committedOffsets(of: group, partitions: partitions, timeout: timeout)
        let marks = try admin.watermarks(partitions, timeout: timeout)

        var positions: [TopicPartition: Int64] = [:]
        for (partition, marks) in marks {
            let next = max(committed[partition]?.offset ?? marks.low, marks.low)
            if next < marks.high { positions[partition] = next }
        }
        let found = try firstUnread(positions, timeout: timeout)
        let now = Int64(Date().timeIntervalSince1970 * 1000)
        return GroupLag(
            group: group, state: description?.state ?? "Unknown",
            partitions: partitions.compactMap { partition in
                guard let marks = marks[partition] else { return nil }
                let (records, age) = Self.judge(
                    behind: positions[partition].map { marks.high - $0 } ?? 0, found[partition], nowMilliseconds: now)
                return PartitionLag(
                    partition: partition, committed: committed[partition]?.offset,
                    metadata: committed[partition]?.metadata ?? "", low: marks.low, end: marks.high, records: records,
                    age: age, owner: description?.owner(of: partition))
            })
    }

    /// What a look at the first unread message found.
    private enum Finding {
        case message(timestampMilliseconds: Int64?)
        case nothing
        case failed(KafkaError)
    }

    private static func judge(
        behind: Int64, _ finding: Finding?, nowMilliseconds: Int64
    ) -> (records: Int64, age: PartitionLag.Age) {
        guard behind > 0 else { return (0, .known(.zero)) }
        switch finding {
        case .nothing: return (0, .known(.zero))
        case .message(let timestamp?): return (behind, .known(.milliseconds(max(0, nowMilliseconds - timestamp))))
        case .message(nil): return (behind, .unknown(reason: "the first unread message has no timestamp"))
        case .failed(let error): return (behind, .unknown(reason: "the first unread message cannot be read: \(error)"))
        case nil: return (behind, .unknown(reason: "the first unread message was not delivered in time"))
        }
    }

    private func firstUnread(
        _ positions: [TopicPartition: Int64], timeout: Duration
    ) throws -> [TopicPartition: Finding] {
        guard !positions.isEmpty else { return [:] }
        let deadline = ContinuousClock.now + timeout
        try probe.assign(positions.sorted { $0.key < $1.key }.map { PartitionStart($0.key, .offset($0.value)) })
        defer { try? probe.assign([]) }
        var found: [TopicPartition: Finding] = [:]
        while found.count < positions.count, ContinuousClock.now < deadline {
            try probe.poll(into: batch, timeout: min(.milliseconds(200), deadline - .now))
            for group in batch.groups where found[group.partition] == nil {
                let timestamp = batch.timestampMilliseconds(at: group.range.lowerBound)
                found[group.partition] = .message(timestampMilliseconds: timestamp)
            }
            for event in batch.events {
                switch event {
                case .endOfPartition(let partition, _):
                    if found[partition] == nil { found[partition] = .nothing }
                case .partitionFailed(let partition, let error):
                    if !error.isRetriable, found[partition] == nil { found[partition] = .failed(error) }
                case .clientFailed: break
                }
            }
            try probe.pause(batch.groups.map(\.partition))
        }
        batch.release()
        return found
    }

    /// The group's members, where the cluster can tell.
    private func describe(_ group: String, timeout: Duration) throws -> GroupDescription? {
        do {
            return try admin.describeGroup(group, timeout: timeout)
        } catch let error as KafkaError where error.code == .unsupportedFeature {
            return nil
        }
    }
}
