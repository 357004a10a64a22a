/// The CloudEvents 1.0 attributes of a control message.
public struct Envelope: Sendable, Equatable {
    public var id: String
    /// `dev.millrace.<what>.v1`
    public var type: String
    /// `/pipelines/<pipeline>/<role>`, or whoever asked.
    public var source: String
    /// The window, run or model version it is about.
    public var subject: String?
    public var time: Timestamp?
    /// The run, once there is one.
    public var correlationID: String?
    /// The id of the message that caused this one.
    public var causationID: String?
    /// W3C trace context of this hop.
    public var traceParent: String?

    public init(
        id: String, type: String, source: String, subject: String? = nil, time: Timestamp? = nil,
        correlationID: String? = nil, causationID: String? = nil, traceParent: String? = nil
    ) {
        self.id = id
        self.type = type
        self.source = source
        self.subject = subject
        self.time = time
        self.correlationID = correlationID
        self.causationID = causationID
        self.traceParent = traceParent
    }
}

/// What a control message says: a type of its own for each `ce_type`.
public protocol Payload: Codable, Sendable, Equatable {
    /// `dev.millrace.<what>.v1`
    static var type: String { get }
    /// What makes two of them the same message: nothing in it varies between attempts (no duration, no time of day).
    var identity: String { get }
}

/// The control topics of a pipeline, `millrace.<pipeline>.<arrow>`, one partition each.
public enum Arrow: String, Sendable, CaseIterable, Codable {
    case slices, datasets, retrain, models, releases, aliases, requests, alerts
    case deadLetters = "dead-letters"

    /// Whether people and services write to it.
    public var takesRequests: Bool { self == .retrain || self == .requests }

    public func topic(of pipeline: String) -> String { "millrace.\(pipeline).\(rawValue)" }
}

/// The roles of a worker. The stages of the data's way read through the consumer group `millrace.<pipeline>.<role>`.
public enum Role: String, Sendable, CaseIterable, Codable {
    case ingest, transform, train, publish
    /// Watches the others; it has no group.
    case observe

    /// Those that have a group, in the order of the data.
    public static let stages: [Role] = [.ingest, .transform, .train, .publish]

    /// Where it writes down what it decides; no other role does.
    public var output: Arrow {
        switch self {
        case .ingest: .slices
        case .transform: .datasets
        case .train: .models
        case .publish: .releases
        case .observe: .alerts
        }
    }

    public func group(of pipeline: String) -> String { "millrace.\(pipeline).\(rawValue)" }
    public func source(of pipeline: String) -> String { "/pipelines/\(pipeline)/\(rawValue)" }
}

/// A file named by a message: its path below the pipeline's folder, its size and its SHA-256 in hex.
public struct FileReference: Codable, Sendable, Hashable {
    public var path: String
    public var bytes: Int
    public var sha256: String

    public init(path: String, bytes: Int, sha256: String) {
        self.path = path
        self.bytes = bytes
        self.sha256 = sha256
    }
}
