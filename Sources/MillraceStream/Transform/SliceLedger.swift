public import MillraceCore

/// What every partition of every source has sealed, in the order of the log.
///
/// Sealing is by partition and by range: a partition is done with a window when it has sealed through the window's end,
/// whether it had rows in it or not.
public struct SliceLedger: Sendable, Equatable {
    /// One partition's share of one window, with its place in the order of merging.
    public struct Share: Sendable, Equatable, Comparable {
        public var kind: SliceSealed.Kind
        public var topic: String
        public var partition: Int
        public var sequence: Int
        public var slice: SliceSealed.Slice
        /// The offset after the last source record that this seal decided.
        public var nextOffset: Int64

        /// `topic/partition/sequence`
        public var name: String { "\(topic)/\(partition)/\(sequence)" }

        public static func < (a: Share, b: Share) -> Bool {
            (a.topic, a.partition, a.sequence) < (b.topic, b.partition, b.sequence)
        }
    }

    struct Partition: Sendable, Equatable {
        var nextSequence: Int
        var sealedThrough: Timestamp
        /// Offsets of the seals in `slices`, with what they sealed through: where to begin reading again.
        var seals: [Seal] = []
        var losses: [Loss] = []

        /// Records were lost that windows from one moment to another may have had.
        struct Loss: Sendable, Equatable {
            var records: LostRecords
            /// What was sealed when they were missed.
            var from: Timestamp
            var through: Timestamp
        }

        struct Seal: Sendable, Equatable {
            var offset: Int64
            var sealedThrough: Timestamp
        }
    }

    struct Change: Sendable, Equatable {
        var count: Int
        var firstWindowStart: Timestamp?
    }

    struct Topic: Sendable, Equatable {
        var kind: SliceSealed.Kind
        /// As the first seal said, and later ones.
        var count: Int
        var changes: [Change] = []
        var partitions: [Int: Partition] = [:]

        var largestCount: Int { changes.reduce(count) { max($0, $1.count) } }

        func count(at window: Window) -> Int {
            var count = count
            for change in changes where change.firstWindowStart.map({ $0 <= window.start }) ?? true {
                count = max(count, change.count)
            }
            return count
        }
    }

    private(set) var topics: [String: Topic]
    /// Slices by the window they belong to.
    private(set) var shares: [Window: [Share]] = [:]

    /// - Parameter topics: the pipeline's sources. All of them must have sealed before anything is complete.
    public init(events: [String], labels: [String]) {
        topics = [:]
        for name in events { topics[name] = Topic(kind: .events, count: 0) }
        for name in labels { topics[name] = Topic(kind: .labels, count: 0) }
    }

    /// Takes a seal in. One that was seen before is passed over: the first committed for an identity wins.
    ///
    /// - Parameter offset: its own, in `slices`.
    public mutating func add(_ seal: SliceSealed, offset: Int64) throws(MessageError) {
        guard var topic = topics[seal.topic] else {
            throw MessageError(
                .invalidData,
                "expected a slice of one of the topics \(topics.keys.sorted().joined(separator: ", ")), found one of "
                    + "\(seal.topic)")
        }
        // More partitions than any change tells of: the change lies before what is read, and so do the windows before it.
        // The first seal is not enough: who sent it may have looked at the topic before the partitions were added.
        if topic.count == 0 || seal.partitionCount > topic.largestCount { topic.count = seal.partitionCount }
        var partition =
            topic.partitions[seal.partition]
            ?? Partition(nextSequence: seal.sequence, sealedThrough: .distantPast)
        guard seal.sequence >= partition.nextSequence else { return }
        guard seal.sequence == partition.nextSequence else {
            throw MessageError(
                .invalidData,
                "expected seal \(partition.nextSequence) of \(seal.topic)/\(seal.partition), found \(seal.sequence)")
        }
        partition.nextSequence += 1
        if let lost = seal.lost {
            partition.losses.append(
                .init(
                    records: lost, from: partition.sealedThrough,
                    through: max(seal.watermark ?? seal.sealedThrough, seal.sealedThrough)))
        }
        partition.sealedThrough = max(partition.sealedThrough, seal.sealedThrough)
        partition.seals.append(.init(offset: offset, sealedThrough: partition.sealedThrough))
        topic.partitions[seal.partition] = partition
        topics[seal.topic] = topic
        for slice in seal.slices {
            let share = Share(
                kind: seal.kind, topic: seal.topic, partition: seal.partition, sequence: seal.sequence, slice: slice,
                nextOffset: seal.nextOffset)
            shares[slice.window, default: []].append(share)
        }
    }

    public mutating func add(_ change: PartitionsChanged) {
        topics[change.topic]?.changes.append(
            Change(count: change.newCount, firstWindowStart: change.firstWindowStart))
    }

    /// Whether every partition of every source is done with the window.
    public func isComplete(_ window: Window) -> Bool { firstIncomplete(window) == nil }

    /// The partition that a window still waits for, `topic/partition`; nil when it waits for none.
    public func firstIncomplete(_ window: Window) -> String? {
        for (name, topic) in topics.sorted(by: { $0.key < $1.key }) {
            let count = topic.count(at: window)
            if count == 0 { return name }
            for index in 0..<count where (topic.partitions[index]?.sealedThrough ?? .distantPast) < window.end {
                return "\(name)/\(index)"
            }
        }
        return nil
    }

    /// The earliest window with events; nil before there is one.
    public var firstWindow: Window? {
        shares.filter { $0.value.contains { $0.kind == .events } }.keys.min()
    }

    /// The slices of a window, in the order of merging. Those of labels are of this window and of earlier ones after
    /// `previous`: labels from before the first window of events arrive with it.
    public func shares(of window: Window, kind: SliceSealed.Kind, after previous: Window?) -> [Share] {
        guard kind == .labels else { return (shares[window] ?? []).filter { $0.kind == kind }.sorted() }
        let windows = shares.keys.filter { key in key <= window && (previous.map { $0 < key } ?? true) }
        return windows.sorted().flatMap { shares[$0]!.filter { $0.kind == .labels }.sorted() }
    }

    /// The next offset of every partition's last seal at or before the window's end.
    public func offsets(through window: Window) -> [String: Int64] {
        var offsets: [String: Int64] = [:]
        for (key, list) in shares where key <= window {
            for share in list {
                let name = "\(share.topic)/\(share.partition)"
                offsets[name] = max(offsets[name] ?? 0, share.nextOffset)
            }
        }
        return offsets
    }

    /// What the window may lack because it was removed before all was done with it.
    public func lost(in window: Window) -> [LostRecords] {
        topics.sorted { $0.key < $1.key }.flatMap { topic in
            topic.value.partitions.sorted { $0.key < $1.key }.flatMap { partition in
                partition.value.losses.filter { $0.from < window.end && window.start <= $0.through }.map(\.records)
            }
        }
    }

    /// Where to begin reading `slices` to know again all that windows ending after `time` need; 0 when a source has not
    /// sealed yet.
    public func rewindOffset(for time: Timestamp) -> Int64 {
        var rewind = Int64.max
        for topic in topics.values {
            if topic.count == 0 { return 0 }
            for partition in topic.partitions.values {
                // The last seal that reaches no further than `time` is needed to know the next is in order.
                let offset = partition.seals.last { $0.sealedThrough <= time }?.offset ?? partition.seals[0].offset
                rewind = min(rewind, offset)
            }
        }
        return rewind == .max ? 0 : rewind
    }

    /// Forgets the slices of windows that end at or before `time`.
    public mutating func forget(through time: Timestamp) {
        shares = shares.filter { $0.key.end > time }
        for name in topics.keys {
            for index in topics[name]!.partitions.keys {
                topics[name]!.partitions[index]!.losses.removeAll { $0.through < time }
                let seals = topics[name]!.partitions[index]!.seals
                if let last = seals.lastIndex(where: { $0.sealedThrough <= time }), last > 0 {
                    topics[name]!.partitions[index]!.seals.removeFirst(last)
                }
            }
        }
    }
}
