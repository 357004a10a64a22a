public import MillraceCore

/// The `alerts` topic, folded: what fires, what is over, and what of it the webhook has taken.
public struct AlertBook: Sendable, Equatable {
    /// The newest occurrence of an alert on a subject.
    public struct Entry: Sendable, Equatable {
        public var fired: AlertFired
        public var resolved: AlertResolved?
        public var isFiringTold = false
        public var isResolveTold = false
        public var isFiring: Bool { resolved == nil }
    }

    public private(set) var entries: [AlertKey: Entry] = [:]
    /// The newest sign that somebody looks; nil before the first.
    public private(set) var observed: AlertObserved?

    public init() {}

    /// What is wrong now, in the order in which it fired.
    public var firing: [AlertFired] {
        entries.values.filter(\.isFiring).map(\.fired).sorted { ($0.time, $0.key) < ($1.time, $1.key) }
    }

    public func nextNumber(of key: AlertKey) -> Int { (entries[key]?.fired.number ?? 0) + 1 }

    /// Takes a message of the topic; what repeats an earlier one, or is of no known type, changes nothing.
    public mutating func fold(_ message: ReceivedMessage) throws(MessageError) {
        switch message.envelope.type {
        case AlertFired.type: fold(try message.payload(AlertFired.self))
        case AlertResolved.type: fold(try message.payload(AlertResolved.self))
        case AlertNotified.type: fold(try message.payload(AlertNotified.self))
        case AlertObserved.type: fold(try message.payload(AlertObserved.self))
        default: break
        }
    }

    public mutating func fold(_ fired: AlertFired) {
        guard fired.number >= nextNumber(of: fired.key) else { return }
        entries[fired.key] = Entry(fired: fired)
    }

    public mutating func fold(_ resolved: AlertResolved) {
        guard let entry = entries[resolved.key], entry.fired.number == resolved.number, entry.isFiring else { return }
        entries[resolved.key]?.resolved = resolved
    }

    public mutating func fold(_ told: AlertNotified) {
        guard entries[told.key]?.fired.number == told.number else { return }
        entries[told.key]?.isFiringTold = true
        if told.isResolved { entries[told.key]?.isResolveTold = true }
    }

    /// The last that was said counts, whatever its clock: one that was wrong once is not believed for ever.
    public mutating func fold(_ sign: AlertObserved) { observed = sign }

    /// How often somebody who looks says so, at least.
    private static let signSpan = Duration.seconds(300)

    /// Whether that somebody looked at a time should be said.
    public func wantsSign(of time: Timestamp, patience: Double) -> Bool {
        guard let last = observed?.time else { return true }
        return max(time - last, last - time) >= Self.signSpan * patience
    }

    /// Whether somebody looks now, or did a moment ago: a sign may be missed, two may not.
    /// - Parameter interval: between two looks.
    public func isObserved(at now: Timestamp, patience: Double, interval: Duration) -> Bool {
        observed.map { now - $0.time <= (Self.signSpan * patience + interval) * 2 } ?? false
    }

    /// What the webhook has yet to be told. What was over before it could be told that it began is left out.
    public var untold: [AlertNotice] {
        entries.values.compactMap { entry in
            if let resolved = entry.resolved {
                return entry.isFiringTold && !entry.isResolveTold ? .init(entry.fired, resolved) : nil
            }
            return entry.isFiringTold ? nil : .init(entry.fired, nil)
        }.sorted { ($0.time, $0.fired.key) < ($1.time, $1.fired.key) }
    }
}

/// Something to be told: that an alert fires, or that it is over.
public struct AlertNotice: Sendable, Equatable {
    public var fired: AlertFired
    public var resolved: AlertResolved?

    init(_ fired: AlertFired, _ resolved: AlertResolved?) { (self.fired, self.resolved) = (fired, resolved) }

    public var time: Timestamp { resolved?.time ?? fired.time }
    /// The instance that said it.
    public var observer: String { resolved?.observer ?? fired.observer }
    public var told: AlertNotified { AlertNotified(key: fired.key, number: fired.number, isResolved: resolved != nil) }
}
