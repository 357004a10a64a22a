import Millrace

/// Why a role cannot go on for now.
public struct WorkerError: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Code: String, Sendable {
        case missingTopic = "missing-topic"
        case lostPartitions = "lost-partitions"
        case unreachable
        case damagedFile = "damaged-file"
        case folderInUse = "folder-in-use"
        case invalidTopic = "invalid-topic"
        /// The brokers refuse what the worker asks.
        case notAllowed = "not-allowed"
        /// Records are gone that were not read yet, and the pipeline does not go on without them.
        case lostRecords = "lost-records"
        /// Another process has taken this one's place.
        case fenced
    }

    public var code: Code
    public var message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { "\(code.rawValue): \(message)" }

    static func missingTopic(_ topic: String) -> WorkerError {
        WorkerError(
            .missingTopic,
            "expected the topic \(topic), found none; create it, or let 'millrace run' do so (it needs the right to)")
    }

    static func notAllowed(toRead topic: String) -> WorkerError {
        WorkerError(
            .notAllowed,
            "the brokers do not let this worker read the topic \(topic) (TOPIC_AUTHORIZATION_FAILED): grant its user READ "
                + "and DESCRIBE on it (kafka-acls.sh --add --allow-principal User:… --operation Read --topic \(topic))")
    }

    static func lostPartitions(_ role: Role) -> WorkerError {
        WorkerError(.lostPartitions, "\(role.rawValue) lost its partitions to another process before it could commit")
    }
}
