// The `alerts` topic: what the role `observe` finds wrong, and that it is over. An occurrence is told apart by a number,
// so that two processes that see the same send the same message.

/// `alert.fired`: a rule's condition has held for its span.
public struct AlertFired: Payload {
    public static let type = "dev.millrace.alert.fired.v1"
    public var identity: String { "\(alert)/\(subject)/\(number)" }

    /// `MillraceLagGrowing` …
    public var alert: String
    /// What it is about: a role, say; empty for the pipeline as a whole.
    public var subject: String
    /// Counts the occurrences of this alert on this subject, from 1.
    public var number: Int
    public var severity: AlertRule.Severity
    /// Since when its condition holds, and when it fired.
    public var since: Timestamp
    public var time: Timestamp
    public var summary: String
    public var description: String
    /// A command to type.
    public var next: String
    /// The instance that says so.
    public var observer: String

    public var key: AlertKey { AlertKey(alert: alert, subject: subject) }

    public init(
        alert: String, subject: String, number: Int, severity: AlertRule.Severity, since: Timestamp, time: Timestamp,
        summary: String, description: String, next: String, observer: String
    ) {
        self.alert = alert
        self.subject = subject
        self.number = number
        self.severity = severity
        self.since = since
        self.time = time
        self.summary = summary
        self.description = description
        self.next = next
        self.observer = observer
    }
}

/// `alert.resolved`: the condition of an alert that fired does not hold any more.
public struct AlertResolved: Payload {
    public static let type = "dev.millrace.alert.resolved.v1"
    public var identity: String { "\(alert)/\(subject)/\(number)" }

    public var alert: String
    public var subject: String
    public var number: Int
    public var severity: AlertRule.Severity
    public var fired: Timestamp
    public var time: Timestamp
    public var summary: String
    public var observer: String

    public var key: AlertKey { AlertKey(alert: alert, subject: subject) }

    public init(_ fired: AlertFired, time: Timestamp, observer: String) {
        (alert, subject, number) = (fired.alert, fired.subject, fired.number)
        (severity, summary) = (fired.severity, fired.summary)
        self.fired = fired.time
        self.time = time
        self.observer = observer
    }
}

/// `alert.notified`: the webhook has taken what was said of an occurrence. A worker that starts again tells the rest.
public struct AlertNotified: Payload, Hashable {
    public static let type = "dev.millrace.alert.notified.v1"
    public var identity: String { "\(alert)/\(subject)/\(number)/\(isResolved)" }

    public var alert: String
    public var subject: String
    public var number: Int
    /// Whether that it is over was told.
    public var isResolved: Bool

    public var key: AlertKey { AlertKey(alert: alert, subject: subject) }

    public init(key: AlertKey, number: Int, isResolved: Bool) {
        (alert, subject) = (key.alert, key.subject)
        self.number = number
        self.isResolved = isResolved
    }
}

/// `alert.observed`: somebody looks, and what is not said is well. Said every few minutes, so that silence can be told from
/// health.
public struct AlertObserved: Payload, Equatable {
    public static let type = "dev.millrace.alert.observed.v1"
    public var identity: String { "\(observer)/\(time.microseconds)" }

    /// When the brokers were last looked at.
    public var time: Timestamp
    public var observer: String

    public init(time: Timestamp, observer: String) {
        self.time = time
        self.observer = observer
    }
}
