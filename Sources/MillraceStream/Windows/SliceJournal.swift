public import MillraceCore

/// What the `slices` topic says has been decided: folded at every assignment, since it outlives offsets and disks.
public struct SliceJournal: Sendable {
    public struct Partition: Sendable, Hashable, Comparable {
        public var topic: String
        public var partition: Int
        public init(_ topic: String, _ partition: Int) {
            self.topic = topic
            self.partition = partition
        }

        public static func < (a: Partition, b: Partition) -> Bool {
            (a.topic, a.partition) < (b.topic, b.partition)
        }
    }

    /// The last seal of each partition.
    public private(set) var seals: [Partition: SliceSealed] = [:]
    private var idle: [Partition: [Recording.Idle]] = [:]
    /// The number of partitions of each source topic.
    public private(set) var counts: [String: Int] = [:]
    /// The first window of partitions that were added: by topic, the counts and the moment.
    private var additions: [String: [(old: Int, new: Int, start: Int64?)]] = [:]

    public init() {}

    /// Takes a message in; one of another type is passed over.
    public mutating func fold(_ message: ReceivedMessage) throws(MessageError) {
        if message.isA(SliceSealed.self) {
            fold(try message.payload(SliceSealed.self))
        } else if message.isA(PartitionsChanged.self) {
            let change = try message.payload(PartitionsChanged.self)
            // The first for an identity wins.
            guard change.newCount > counts[change.topic] ?? 0 else { return }
            counts[change.topic] = change.newCount
            additions[change.topic, default: []].append(
                (change.oldCount, change.newCount, change.firstWindowStart?.microseconds))
        }
    }

    public mutating func fold(_ seal: SliceSealed) {
        let partition = Partition(seal.topic, seal.partition)
        if let last = seals[partition], seal.sequence <= last.sequence { return }
        seals[partition] = seal
        counts[seal.topic] = max(counts[seal.topic] ?? 0, seal.partitionCount)
        var list = idle[partition] ?? []
        list.removeAll { $0.position < seal.replay.snapshotOffset }
        if let cause = seal.idle {
            list.append(
                .init(
                    position: cause.position, sealedThrough: seal.sealedThrough.microseconds,
                    settledThrough: seal.continuesThrough?.microseconds))
        }
        idle[partition] = list
    }

    /// The moment from which windows of a partition that was added later begin; nil for the others.
    public func firstWindow(of partition: Partition) -> Int64? {
        additions[partition.topic]?.first { $0.old <= partition.partition && partition.partition < $0.new }?.start
    }

    /// Whether a partition was added to a topic that had been read before.
    public func isAddition(_ partition: Partition) -> Bool {
        additions[partition.topic]?.contains { $0.old <= partition.partition && partition.partition < $0.new } ?? false
    }

    /// Whether no window from `sealedThrough` on can be complete without one of the partitions: who has one of them in
    /// hand, and does not seal meanwhile, may say what holds from that window on. An added partition holds nothing up
    /// before it is announced.
    public func holdsUpWindows(_ partitions: some Sequence<Partition>) -> Bool {
        partitions.contains { $0.partition < counts[$0.topic] ?? .max }
    }

    /// The greatest moment that any partition of any topic has sealed through.
    public var sealedThrough: Timestamp? { seals.values.map(\.sealedThrough).max() }

    /// The machine of a successor; nil when the partition has no seal.
    public func machine(
        _ settings: PartitionMachine.Settings, of partition: Partition, committed: Int64?
    ) -> PartitionMachine? {
        guard let seal = seals[partition] else { return nil }
        return PartitionMachine(
            settings,
            from: .init(
                offset: seal.replay.snapshotOffset, watermark: seal.replay.watermark?.microseconds,
                sealedThrough: seal.replay.sealedThrough?.microseconds, decidedBelow: seal.replay.decidedBelow),
            recording: Recording(
                seal: .init(
                    sequence: seal.sequence, sealedThrough: seal.sealedThrough.microseconds,
                    nextOffset: seal.nextOffset, watermark: seal.watermark?.microseconds,
                    isContinued: seal.continuesThrough != nil, openOffset: seal.replay.openOffset),
                idle: idle[partition] ?? [], deadLettersThrough: max(seal.nextOffset, committed ?? 0)))
    }
}
