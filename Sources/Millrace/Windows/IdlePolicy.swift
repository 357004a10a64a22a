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
    /// Nil when all of them are idle (then nothing advances: time may have stopped for everyone) or one of them has
    /// sealed nothing yet.
    public static func moment(_ partitions: some Sequence<Partition>) -> Int64? {
        var least: Int64?
        for partition in partitions where partition.kind == .events && !partition.isIdle {
            guard let through = partition.sealedThrough else { return nil }
            least = min(least ?? through, through)
        }
        return least
    }
}
