import MillraceCore

extension AlertRule {
    /// One line: what is wrong.
    func summary(_ subject: String) -> String {
        switch self {
        case .lagGrowing: "\(subject) falls behind"
        case .partitionStalled: "\(subject) stands still with data to read"
        case .partitionStopped: "nobody runs the role \(subject)"
        case .unreadNearRetention: "data will be removed before \(subject) reads them"
        case .recordsLost: "records were removed before \(subject) read them"
        case .noSealedWindow: "events come, but no window is sealed"
        case .windowQuarantined: "a window waits in quarantine"
        case .labelsSilent: "no label has come for too long"
        case .labelMatchLow: "labels do not find their events"
        case .deadLettersRising: "more than one record in a hundred cannot be handled"
        case .lateEventsRising: "more than one event in a hundred comes too late"
        case .runFailed: "a training run has failed"
        case .approvalWaiting: "a model waits for approval"
        case .rolledBack: "the champion was rolled back"
        case .championStale: "the champion is old"
        case .diskFilling: "the disk of \(subject) fills"
        case .ingestPaused: "ingest of instance \(subject) reads nothing"
        case .roleFailing: "\(subject) fails again and again"
        case .notObserving: "lag and freshness are not up to date"
        }
    }

    /// A few sentences: what it means, with the figure that set it off.
    func explanation(_ subject: String, _ value: Double) -> String {
        let count = Int(max(-1e15, min(1e15, value)))
        let percent = "\((value * 1000).rounded() / 10) %"
        return switch self {
        case .lagGrowing:
            "The lag of \(count) partition(s) has grown for more than ten minutes: \(subject) reads, but less than comes in."
        case .partitionStalled:
            "A process holds \(count) partition(s) in which data wait, and its offset does not move."
        case .partitionStopped: "Data wait in \(count) partition(s) that no process of \(subject) reads."
        case .unreadNearRetention:
            "The next record that \(subject) is to read is among the oldest \(percent) of what the topic keeps, and "
                + "retention removes from that end. Make retention longer first."
        case .recordsLost:
            "Retention removed \(count) record(s) that \(subject) had not read, or had to read again for open windows."
        case .noSealedWindow:
            "The newest event is \(Self.span(value)) ahead of what is sealed. A partition holds its windows up."
        case .windowQuarantined:
            "A blocking rule was broken; this window and all later ones wait until somebody decides."
        case .labelsSilent:
            "No label has become known for longer than labels.silent_after; runs are refused until one does."
        case .labelMatchLow:
            "Only \(percent) of the labels name an event that was seen; runs are refused. Compare a label's id with its "
                + "event's."
        case .deadLettersRising: "\(count) records became dead letters within fifteen minutes."
        case .lateEventsRising:
            "\(count) events of the last hour came after their window was sealed, and are in no dataset. Raise "
                + "windows.lateness, or find what delays them."
        case .runFailed: "A run of the last hour ended in an error, after all its attempts. The champion stays."
        case .approvalWaiting: "\(count) version(s) passed the gate, and a person decides."
        case .rolledBack:
            "Within the last hour a former champion was put in force again; automatic promotion is held until 'millrace resume'."
        case .championStale:
            "What the champion learned from ends \(Self.span(value)) before the newest event, and no challenger has "
                + "replaced it."
        case .diskFilling: "\(percent) of the disk is free, or it will be full within four hours."
        case .ingestPaused:
            "Ingest has paused on purpose, mostly because too many records cannot be read. Nothing of them is committed."
        case .roleFailing: "The role starts, fails and starts again; the worker's log says why."
        case .notObserving:
            "The last look at the brokers was \(Self.span(value)) ago: they do not answer the role observe, and no alert "
                + "on lag can be relied upon."
        }
    }

    /// What to type.
    var next: String {
        switch self {
        case .lagGrowing: "millrace lag --watch"
        case .partitionStopped, .unreadNearRetention, .lateEventsRising, .notObserving: "millrace lag"
        case .recordsLost: "millrace audit"
        case .windowQuarantined: "millrace quarantine list"
        case .labelMatchLow: "millrace runs --state refused"
        case .deadLettersRising: "millrace dead-letters"
        case .runFailed: "millrace runs --state failed"
        case .approvalWaiting, .rolledBack: "millrace models"
        case .championStale: "millrace runs"
        case .partitionStalled, .noSealedWindow, .labelsSilent, .diskFilling, .ingestPaused, .roleFailing:
            "millrace status"
        }
    }

    private static func span(_ seconds: Double) -> String {
        let minutes = Int(max(0, min(1e12, seconds)) / 60)
        if minutes < 120 { return "\(minutes) min" }
        return minutes < 48 * 60 ? "\(minutes / 60) h" : "\(minutes / 1440) d"
    }
}
