/// What set off a run.
public struct RunTrigger: Codable, Sendable, Hashable {
    public enum Kind: String, Codable, Sendable {
        case every, windows, events, labels, schedule
        case wallSchedule = "wall-schedule"
        case request

        /// Of a trigger of this kind, for people.
        public func words(_ text: String) -> String {
            if text.isEmpty { return rawValue }
            return self == .request ? "request: \(text)" : text
        }
    }

    public var kind: Kind
    /// The trigger in the pipeline file's words (`every 7d`), or the request's reason.
    public var text: String
    /// The moment of the grid or schedule: event time, but wall-clock time for `wall-schedule`.
    public var moment: Timestamp?
    /// The request's `ce_source` and `ce_id`; empty for what the pipeline itself declares.
    public var requests: [RequestID]
    /// Who asked, for a request.
    public var requester: String?

    public init(
        kind: Kind, text: String, moment: Timestamp? = nil, requests: [RequestID] = [], requester: String? = nil
    ) {
        self.kind = kind
        self.text = text
        self.moment = moment
        self.requests = requests
        self.requester = requester
    }

    /// For people: the trigger's own words, or that it was a request and why.
    public var words: String { kind.words(text) }
}

/// A request's envelope, as far as it identifies the request.
public struct RequestID: Codable, Sendable, Hashable {
    public var source: String
    public var id: String

    public init(source: String, id: String) {
        self.source = source
        self.id = id
    }
}

/// Why there is no run: a code for machines and a sentence for people.
public struct RunRefusal: Codable, Sendable, Hashable, Error, CustomStringConvertible {
    public enum Code: String, Codable, Sendable, CaseIterable {
        /// No dataset has arrived yet.
        case noData = "no-data"
        /// The pipeline declares no labels.
        case noLabels = "no-labels"
        /// The spans reach back to windows whose features look back beyond the stream's start.
        case warmingUp = "warming-up"
        /// No label has become known for `labels.silent_after`.
        case labelsSilent = "labels-silent"
        /// Too many labels name events that were never seen.
        case lowMatch = "low-match"
        /// Windows of the spans have no dataset.
        case notEnoughWindows = "not-enough-windows"
        /// Windows of the spans are incomplete after a skip.
        case incompleteWindows = "incomplete-windows"
        /// The spans reach back to windows that retention has removed.
        case expired
        case tooFewPositives = "too-few-positives"
        /// One class alone, or no row, is left to train on.
        case nothingToLearn = "nothing-to-learn"
        case memory
        /// A request names spans that are not matured or are empty.
        case badWindows = "bad-windows"
        case badParameters = "bad-parameters"
        case queueFull = "queue-full"
        /// The run was decided under features that this pipeline no longer declares.
        case featuresChanged = "features-changed"
    }

    public var code: Code
    public var message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { "\(code.rawValue): \(message)" }
}
