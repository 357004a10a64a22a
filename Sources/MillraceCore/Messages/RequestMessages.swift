// What people and services ask of a pipeline. A request's envelope carries an id of its sender's choice, and requests
// are deduplicated by (source, id): `identity` only serves senders that want equal requests to be the same message.

/// `retrain.requested`: train now. One run for it, or a stated reason why not.
///
/// By hand `{"reason": "…", "requester": "…"}` is enough; all else is optional.
public struct RetrainRequested: Payload {
    public static let type = "dev.millrace.retrain.requested.v1"
    public var identity: String { "\(requester)/\(reason)" }

    /// Spans to use in place of those that the pipeline's durations give. Cut to whole windows.
    public struct Windows: Codable, Sendable, Equatable, Hashable {
        public var training: Window?
        public var holdout: Window?
        public init(training: Window? = nil, holdout: Window? = nil) {
            self.training = training
            self.holdout = holdout
        }
    }

    /// Why, in the requester's words; it travels to lineage and release.
    public var reason: String
    public var requester: String
    /// Nil: as the pipeline declares.
    public var windows: Windows?
    /// Trainer parameters over the pipeline's: `rounds`, `seed`, `threads`, or any of XGBoost's.
    public var parameters: [String: String]?
    /// Trains and judges, but the verdict is `model.rejected` with the code `dry-run` whatever the numbers say.
    public var dryRun: Bool?

    public init(
        reason: String, requester: String, windows: Windows? = nil, parameters: [String: String]? = nil,
        dryRun: Bool? = nil
    ) {
        self.reason = reason
        self.requester = requester
        self.windows = windows
        self.parameters = parameters
        self.dryRun = dryRun
    }

    /// Asks for nothing beyond a run by the pipeline's own rules, so that one run can answer several of them.
    public var isPlain: Bool {
        (windows?.training == nil && windows?.holdout == nil) && (parameters ?? [:]).isEmpty && dryRun != true
    }
}

/// `promote.requested`: make a version the champion.
public struct PromoteRequested: Payload {
    public static let type = "dev.millrace.promote.requested.v1"
    public var identity: String { "\(version)/\(replaces ?? 0)/\(requester)/\(reason)" }

    public var version: Int
    /// The champion that the requester believes in force; nil: there is none. Refused when it is another by now.
    public var replaces: Int?
    public var requester: String
    public var reason: String
    /// Skips the gate, and allows a rejected or rolled-back version.
    public var force: Bool?

    public init(version: Int, replaces: Int?, requester: String, reason: String, force: Bool? = nil) {
        self.version = version
        self.replaces = replaces
        self.requester = requester
        self.reason = reason
        self.force = force
    }
}

/// `rollback.requested`: put an earlier champion back and hold automatic promotion until `resume.requested`.
public struct RollbackRequested: Payload {
    public static let type = "dev.millrace.rollback.requested.v1"
    public var identity: String { "\(version)/\(replaces ?? 0)/\(requester)/\(reason)" }

    /// A version's number, or `previous`: the champion before the one in force.
    public var version: String
    /// The champion that is to go. Refused when it is another by now.
    public var replaces: Int?
    public var requester: String
    public var reason: String
    /// Allows a version that never was champion, or was itself rolled back.
    public var force: Bool?

    public init(
        version: String = "previous", replaces: Int?, requester: String, reason: String, force: Bool? = nil
    ) {
        self.version = version
        self.replaces = replaces
        self.requester = requester
        self.reason = reason
        self.force = force
    }
}

/// `hold.requested`: challengers that pass the gate await approval from now on.
public struct HoldRequested: Payload {
    public static let type = "dev.millrace.hold.requested.v1"
    public var identity: String { "\(requester)/\(reason)" }
    public var requester: String
    public var reason: String
    public init(requester: String, reason: String) {
        self.requester = requester
        self.reason = reason
    }
}

/// `resume.requested`: ends a hold, whether asked for or left by a rollback.
public struct ResumeRequested: Payload {
    public static let type = "dev.millrace.resume.requested.v1"
    public var identity: String { "\(requester)/\(reason)" }
    public var requester: String
    public var reason: String
    public init(requester: String, reason: String) {
        self.requester = requester
        self.reason = reason
    }
}
