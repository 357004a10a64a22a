public import MillraceCore

/// Decides when a process seals its idle partitions: which partitions, its own and those of other processes, have gone
/// quiet, when the brokers are to be asked, and what follows from their answer. A pure machine.
///
/// A partition of this process is quiet when it has been read to its end for the declared time; the end is confirmed by
/// a question before anything is sealed. How far other processes are is known from nothing but the answers: so where
/// there are others, the brokers are asked even when all that is known so far allows no seal.
public struct IdleWatch: Sendable {
    public typealias Partition = SliceJournal.Partition

    /// A partition of this process as it stands.
    public struct Own: Sendable {
        public var partition: Partition
        public var kind: SliceSealed.Kind
        /// Where the partition ends and since when that has been so; nil while it is being read.
        public var end: (offset: Int64, since: ContinuousClock.Instant)?
        public var sealedThrough: Int64?
        public init(
            _ partition: Partition, kind: SliceSealed.Kind, end: (offset: Int64, since: ContinuousClock.Instant)?,
            sealedThrough: Int64?
        ) {
            self.partition = partition
            self.kind = kind
            self.end = end
            self.sealedThrough = sealedThrough
        }
    }

    /// What the brokers are asked: the ends of all these, and what the owners of `foreign` have committed and sealed.
    public struct Question: Sendable, Equatable {
        public var number: Int
        public var own: [Partition]
        public var foreign: [Partition]
    }

    public struct Answer: Sendable {
        public var number: Int
        /// High watermarks: records of open transactions count, since they are still to come.
        public var ends: [Partition: Int64] = [:]
        public var committed: [Partition: Int64] = [:]
        /// Seals written since the last answer, by anyone.
        public var sealedThrough: [Partition: Int64] = [:]
        /// An answer that says nothing confirms nothing.
        public init(_ number: Int) { self.number = number }
    }

    /// A seal to be made: through a moment, at the partition's end.
    public struct Order: Sendable, Equatable {
        public var partition: Partition
        public var through: Int64
        public var position: Int64
        public init(partition: Partition, through: Int64, position: Int64) {
            self.partition = partition
            self.through = through
            self.position = position
        }
    }

    private struct Foreign: Sendable {
        var kind: SliceSealed.Kind
        var sealedThrough: Int64?
        var end: Int64?
        var unchangedSince: ContinuousClock.Instant
        /// Everything in it has been read by its owner.
        var isRead = false
    }

    private let idle: Duration
    private var foreign: [Partition: Foreign] = [:]
    private var number = 0
    private var isAsking = false
    private var lastAnswer: ContinuousClock.Instant?

    public init(idle: Duration) { self.idle = idle }

    /// Between two questions. One about other processes costs several requests, and a reading of their seals.
    private var pause: Duration {
        foreign.isEmpty ? .milliseconds(200) : min(max(.milliseconds(200), idle / 10), .seconds(1))
    }

    /// Begins anew after an assignment, with the partitions that others own. An answer still on its way is void.
    public mutating func adopt(
        _ partitions: [(partition: Partition, kind: SliceSealed.Kind, sealedThrough: Int64?)],
        now: ContinuousClock.Instant
    ) {
        number += 1
        isAsking = false
        foreign = [:]
        for (partition, kind, sealedThrough) in partitions {
            foreign[partition] = Foreign(kind: kind, sealedThrough: sealedThrough, unchangedSince: now)
        }
    }

    /// - Returns: what to ask now, if anything.
    public mutating func next(_ own: [Own], now: ContinuousClock.Instant) -> Question? {
        guard !isAsking, lastAnswer.map({ $0.duration(to: now) >= pause }) ?? true else { return nil }
        let quiet = own.filter { isQuiet($0, now) }
        guard !quiet.isEmpty else { return nil }
        if foreign.isEmpty {
            guard let moment = moment(own, now), quiet.contains(where: { $0.sealedThrough ?? .min < moment })
            else { return nil }
        }
        number += 1
        isAsking = true
        return Question(number: number, own: quiet.map(\.partition).sorted(), foreign: foreign.keys.sorted())
    }

    /// - Returns: the seals that the answer confirms.
    public mutating func take(_ answer: Answer, _ own: [Own], now: ContinuousClock.Instant) -> [Order] {
        guard isAsking, answer.number == number else { return [] }
        isAsking = false
        lastAnswer = now
        for (partition, moment) in answer.sealedThrough { foreign[partition]?.sealedThrough = moment }
        for partition in Array(foreign.keys) {
            guard let end = answer.ends[partition] else { continue }
            if foreign[partition]?.end != end {
                foreign[partition]?.end = end
                foreign[partition]?.unchangedSince = now
            }
            foreign[partition]?.isRead = answer.committed[partition].map { $0 >= end } ?? (end == 0)
        }
        guard let moment = moment(own, now) else { return [] }
        return own.filter { isQuiet($0, now) }.sorted { $0.partition < $1.partition }.compactMap { own in
            #if MUTATIONS
                if Mutation.pausedIsIdle.isOn, let end = own.end?.offset {
                    return Order(partition: own.partition, through: moment, position: end)
                }
            #endif
            guard let end = own.end?.offset, let high = answer.ends[own.partition], end >= high else { return nil }
            return Order(partition: own.partition, through: moment, position: end)
        }
    }

    private func isQuiet(_ own: Own, _ now: ContinuousClock.Instant) -> Bool {
        own.end.map { $0.since.duration(to: now) >= idle } ?? false
    }

    private func moment(_ own: [Own], _ now: ContinuousClock.Instant) -> Int64? {
        let mine = own.map {
            IdlePolicy.Partition(kind: $0.kind, isIdle: isQuiet($0, now), sealedThrough: $0.sealedThrough)
        }
        let others = foreign.values.map {
            IdlePolicy.Partition(
                kind: $0.kind, isIdle: $0.isRead && $0.unchangedSince.duration(to: now) >= idle,
                sealedThrough: $0.sealedThrough)
        }
        return IdlePolicy.moment(mine + others)
    }
}
