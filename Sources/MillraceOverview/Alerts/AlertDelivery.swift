public import MillraceCore

/// Which notice the webhook is told next, and when: one at a time, oldest first; what fails is tried again after a growing
/// pause, a bounded number of times. Memory is bounded by what is to be told.
public struct AlertDelivery: Sendable {
    private struct Attempts: Sendable {
        var count = 0
        var notBefore = Timestamp.distantPast
        /// It was taken, or is given up.
        var isOver = false
    }

    public static let attempts = 20
    private static let shortest = Duration.seconds(1)
    private static let longest = Duration.seconds(300)
    /// How long another process, which said it, is given to tell it.
    private static let grace = Duration.seconds(60)

    private let instance: String
    private var attempts: [AlertNotified: Attempts] = [:]

    public init(instance: String) { self.instance = instance }

    /// - Parameter untold: all that is to be told, from the book.
    public mutating func next(_ untold: [AlertNotice], now: Timestamp) -> AlertNotice? {
        let current = Set(untold.map(\.told))
        attempts = attempts.filter { current.contains($0.key) }
        return untold.first { notice in
            if notice.observer != instance, now - notice.time < Self.grace { return false }
            guard let tried = attempts[notice.told] else { return true }
            return !tried.isOver && tried.notBefore <= now
        }
    }

    /// It was taken; until the book knows, it is not told again.
    public mutating func succeeded(_ notice: AlertNotice) { attempts[notice.told, default: Attempts()].isOver = true }

    /// - Returns: whether it will not be tried again.
    public mutating func failed(_ notice: AlertNotice, isRetriable: Bool, now: Timestamp) -> Bool {
        var tried = attempts[notice.told] ?? Attempts()
        tried.count += 1
        tried.notBefore = now + min(Self.longest, Self.shortest * (1 << min(tried.count - 1, 10)))
        tried.isOver = !isRetriable || tried.count >= Self.attempts
        attempts[notice.told] = tried
        return tried.isOver
    }
}
