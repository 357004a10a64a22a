public import MillraceCore

/// Decides which alerts fire and which are over. A value that is given values and times, and knows neither Kafka nor a
/// clock.
///
/// A rule fires when its condition has held for its span at every evaluation, once an occurrence; it is over at the
/// first evaluation at which the condition is known not to hold. What fires stands in the book, which is a topic: a
/// machine that begins again with the book goes on where the former stopped.
public struct AlertMachine: Sendable {
    public enum Change: Sendable, Equatable {
        case fired(AlertFired)
        case resolved(AlertResolved)
    }

    public private(set) var book = AlertBook()
    private let settings: AlertSettings
    private let pipeline: String
    private let instance: String
    private var memory: AlertMemory
    /// Since when conditions hold.
    private var since: [AlertKey: Timestamp] = [:]

    public init(pipeline: String, instance: String, settings: AlertSettings) {
        self.pipeline = pipeline
        self.instance = instance
        self.settings = settings
        memory = AlertMemory(patience: settings.patience)
    }

    /// Goes on with what the topic says.
    public mutating func begin(with book: AlertBook) { self.book = book }

    /// Takes a message of the topic: of this machine, or of another's.
    public mutating func fold(_ message: ReceivedMessage) throws(MessageError) { try book.fold(message) }
    public mutating func fold(_ told: AlertNotified) { book.fold(told) }

    /// - Returns: what is to be said, in a fixed order. It is in the book already.
    public mutating func evaluate(_ values: AlertValues) -> [Change] {
        memory.add(values)
        let conditions = AlertConditions(values, memory, patience: settings.patience)
        var holding = conditions.holding
        for rule in settings.mute { holding = holding.filter { $0.key.alert != rule.rawValue } }
        since = since.filter { holding[$0.key] != nil }
        var changes: [Change] = []
        for (key, value) in holding.sorted(by: { $0.key < $1.key }) {
            guard let rule = AlertRule(rawValue: key.alert) else { continue }
            let begin = since[key] ?? values.time
            since[key] = begin
            guard book.entries[key]?.isFiring != true, values.time - begin >= rule.span * settings.patience else {
                continue
            }
            let fired = AlertFired(
                alert: key.alert, subject: key.subject, number: book.nextNumber(of: key), severity: rule.severity,
                since: begin, time: values.time, summary: "\(pipeline): \(rule.summary(key.subject))",
                description: rule.explanation(key.subject, value), next: rule.next, observer: instance)
            book.fold(fired)
            changes.append(.fired(fired))
        }
        for fired in book.firing.sorted(by: { $0.key < $1.key }) where holding[fired.key] == nil {
            guard canResolve(fired), isMuted(fired.key) || !conditions.isUnknown(fired.key) else { continue }
            let resolved = AlertResolved(fired, time: values.time, observer: instance)
            book.fold(resolved)
            changes.append(.resolved(resolved))
        }
        return changes
    }

    /// - Returns: that somebody looks, when it is time to say so. It is in the book already.
    public mutating func signOfLife(_ values: AlertValues) -> AlertObserved? {
        guard let time = values.observed, book.wantsSign(of: time, patience: settings.patience) else { return nil }
        let sign = AlertObserved(time: time, observer: instance)
        book.fold(sign)
        return sign
    }

    private func isMuted(_ key: AlertKey) -> Bool { settings.mute.contains { $0.rawValue == key.alert } }

    /// What is about a machine only a process of that machine knows to be over.
    private func canResolve(_ fired: AlertFired) -> Bool {
        fired.observer == instance || AlertRule(rawValue: fired.alert)?.isLocal != true
    }
}
