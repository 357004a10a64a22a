public import MillraceCore

/// How a pipeline is, in a few sentences: what each role has reached, what is wrong, what holds things up, and the next
/// command to type. A value made of values, so that tests need no broker.
public struct PipelineStatus: Sendable, Codable, Equatable {
    public struct Problem: Sendable, Codable, Equatable {
        public enum Severity: String, Sendable, Codable {
            /// Data or decisions stand still until somebody acts.
            case blocking
            /// Something is lost, refused or about to be.
            case warning
            /// A person is asked for something.
            case attention
        }

        public var severity: Severity
        public var message: String
        /// A command line to type.
        public var next: String?

        public init(_ severity: Severity, _ message: String, next: String? = nil) {
            self.severity = severity
            self.message = message
            self.next = next
        }
    }

    public struct Stage: Sendable, Codable, Equatable {
        public var role: Role
        /// What it says of itself, where it can be asked.
        public var condition: String?
        public var lag: Int64?
        public var lagSeconds: Double?
        /// What it has reached.
        public var reached: String

        public init(role: Role, condition: String?, lag: Int64?, lagSeconds: Double?, reached: String) {
            self.role = role
            self.condition = condition
            self.lag = lag
            self.lagSeconds = lagSeconds
            self.reached = reached
        }
    }

    public var pipeline: String
    /// Processes of this machine that are alive.
    public var processes: [String]
    public var stages: [Stage]
    public var champion: Int?
    public var freshness: Freshness
    public var problems: [Problem]

    public init(
        pipeline: String, processes: [String], stages: [Stage], champion: Int?, freshness: Freshness,
        problems: [Problem]
    ) {
        self.pipeline = pipeline
        self.processes = processes
        self.stages = stages
        self.champion = champion
        self.freshness = freshness
        self.problems = problems
    }

    public var isWell: Bool { problems.isEmpty }
}
