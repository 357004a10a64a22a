public import MillraceCore

/// Through which moment an idle partition may be sealed: the others have gone on, it has nothing more to say.
public enum IdlePolicy {
    public struct Partition: Sendable, Equatable {
        public var kind: SliceSealed.Kind
        /// At its end, confirmed, for the declared time.
        public var isIdle: Bool
        public var sealedThrough: Int64?
        public init(kind: SliceSealed.Kind, isIdle: Bool, sealedThrough: Int64?) {
            self.kind = kind
            self.isIdle = isIdle
            self.sealedThrough = sealedThrough
        }
    }

    /// The least moment that the partitions of events which are not idle have sealed through; labels follow the events.
    ///
    /// When all events are idle, time may have stopped for everyone: then no partition of events goes on, and labels only
    /// follow to where all events are already. (Otherwise the end of a label feed would hold back what has been streamed
    /// after it, until the next event comes.)
    /// - Returns: nil when nothing may be sealed, because a partition of events that counts has sealed nothing yet.
    public static func moment(_ partitions: some Sequence<Partition>) -> Int64? {
        let events = partitions.filter { $0.kind == .events }
        let active = events.filter { !$0.isIdle }
        var least: Int64?
        for partition in active.isEmpty ? events : active {
            guard let through = partition.sealedThrough else { return nil }
            least = min(least ?? through, through)
        }
        return least
    }
}
