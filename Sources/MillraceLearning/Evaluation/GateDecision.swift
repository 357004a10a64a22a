import MillraceCore

/// A gate's verdict, with the reasons and the numbers for it.
public struct GateDecision: Sendable, Equatable, Codable {
    public enum Verdict: String, Sendable, Codable, CaseIterable {
        case promoted
        case rejected
        /// The rows cannot tell: too few positives, or a metric without a value.
        case inconclusive
        /// It may be promoted, by a person.
        case awaitingApproval = "awaiting-approval"
    }

    public struct Reason: Sendable, Equatable, Codable {
        public var code: Code
        /// A sentence with the numbers in it.
        public var message: String
        /// The same numbers, by name: `challenger`, `champion`, `difference`, `margin`, ….
        public var numbers: [String: Double]

        public init(_ code: Code, _ message: String, _ numbers: [String: Double] = [:]) {
            self.code = code
            self.message = message
            self.numbers = numbers
        }
    }

    public enum Code: String, Sendable, Codable, CaseIterable {
        // For the promotion.
        case firstModel = "first-model"
        case marginMet = "margin-met"
        case guardHeld = "guard-held"
        case approved
        // Against it.
        case belowFloor = "below-floor"
        case marginNotMet = "margin-not-met"
        case guardBroken = "guard-broken"
        // Nothing can be said.
        case tooFewPositives = "too-few-positives"
        case metricUndefined = "metric-undefined"
        // A person has to decide.
        case manualApproval = "manual-approval"
        case holdoutSeen = "holdout-seen"
        case heldByRollback = "held-by-rollback"

        /// The verdict that this reason alone would give; nil when it speaks for the promotion.
        public var verdict: Verdict? {
            switch self {
            case .firstModel, .marginMet, .guardHeld, .approved: nil
            case .belowFloor, .marginNotMet, .guardBroken: .rejected
            case .tooFewPositives, .metricUndefined: .inconclusive
            case .manualApproval, .holdoutSeen, .heldByRollback: .awaitingApproval
            }
        }
    }

    public var verdict: Verdict
    /// Those that made the verdict first.
    public var reasons: [Reason]
    public var rule: GateRule
    public var evidence: GateEvidence

    /// One sentence for a log line or a message: what the verdict is and why.
    public var summary: String {
        let deciding = reasons.filter { $0.code.verdict == (verdict == .promoted ? nil : verdict) }
        return "\(verdict.rawValue): " + (deciding.isEmpty ? reasons : deciding).map(\.message).joined(separator: "; ")
    }
}
