// The `releases` topic: what publish decides. Folding it from its beginning gives the champion, its predecessors, what
// awaits approval, whether promotion is held, and the next version's number.

/// A version's model, as far as others need it: where its files are, what it was trained on and judged by.
public struct VersionModel: Codable, Sendable, Equatable {
    /// The run's folder and its files, below the pipeline's folder.
    public var folder: String
    public var files: [FileReference]
    public var featureHash: String
    public var plan: RunPlan
    public var lineage: Lineage

    public init(folder: String, files: [FileReference], featureHash: String, plan: RunPlan, lineage: Lineage) {
        self.folder = folder
        self.files = files
        self.featureHash = featureHash
        self.plan = plan
        self.lineage = lineage
    }
}

/// The champion's and the challenger's figures on the very same rows.
public struct GateNumbers: Codable, Sendable, Equatable {
    public struct Interval: Codable, Sendable, Equatable {
        public var lower: Double
        public var upper: Double
        public init(lower: Double, upper: Double) {
            self.lower = lower
            self.upper = upper
        }
    }

    /// The rows' span, and the moment whose labels judged them.
    public var holdout: Window
    public var labelsKnownAt: Timestamp
    /// After the declared exclusions.
    public var rows: Int
    public var positives: Int
    public var excludedRows: Int
    /// The gate's metric, its margin and floor.
    public var metric: String
    public var margin: Double
    public var floor: Double?
    /// By metric name; an undefined metric is absent. No champion's for the first model.
    public var challenger: [String: Double]
    public var champion: [String: Double]?
    /// Challenger − champion in the gate's metric, and its paired bootstrap interval over entities.
    public var difference: Double?
    public var interval: Interval?

    public init(
        holdout: Window, labelsKnownAt: Timestamp, rows: Int, positives: Int, excludedRows: Int, metric: String,
        margin: Double, floor: Double?, challenger: [String: Double], champion: [String: Double]?,
        difference: Double?, interval: Interval?
    ) {
        self.holdout = holdout
        self.labelsKnownAt = labelsKnownAt
        self.rows = rows
        self.positives = positives
        self.excludedRows = excludedRows
        self.metric = metric
        self.margin = margin
        self.floor = floor
        self.challenger = challenger
        self.champion = champion
        self.difference = difference
        self.interval = interval
    }
}

/// A code for machines and a sentence for people.
public struct ReleaseReason: Codable, Sendable, Hashable {
    public var code: String
    public var message: String
    public init(_ code: String, _ message: String) {
        self.code = code
        self.message = message
    }
}

/// A verdict on a version. Every trained model gets a version with its first verdict, one per run, in the order of
/// the runs; rejected ones too, so that people can name them.
public struct Verdict: Codable, Sendable, Equatable {
    public var version: Int
    public var run: String
    /// The champion's version before and after this verdict.
    public var championBefore: Int?
    public var champion: Int?
    /// What the alias `previous` stands for after this verdict.
    public var previous: Int?
    public var model: VersionModel
    /// Absent where no gate was asked: forced promotions and rollbacks.
    public var gate: GateNumbers?
    public var reasons: [ReleaseReason]
    /// Scores at or above it are alerts; chosen on the holdout for the declared budget.
    public var threshold: Double?
    /// `report.json` and `report.html`, below the pipeline's folder.
    public var report: [FileReference]
    /// The version's folder below the registry's.
    public var registryPath: String
    /// The watermark of the datasets when it was decided.
    public var watermark: Timestamp?
    /// For what awaits approval: the watermark from which it cannot be approved any more.
    public var expires: Timestamp?
    /// The request that led to it; absent where the model's own training did.
    public var request: RequestID?
    public var requester: String?
    public var inputs: PublishInputs

    public init(
        version: Int, run: String, championBefore: Int?, champion: Int?, previous: Int?, model: VersionModel,
        gate: GateNumbers?, reasons: [ReleaseReason], threshold: Double?, report: [FileReference],
        registryPath: String, watermark: Timestamp?, expires: Timestamp? = nil, request: RequestID? = nil,
        requester: String? = nil, inputs: PublishInputs
    ) {
        self.version = version
        self.run = run
        self.championBefore = championBefore
        self.champion = champion
        self.previous = previous
        self.model = model
        self.gate = gate
        self.reasons = reasons
        self.threshold = threshold
        self.report = report
        self.registryPath = registryPath
        self.watermark = watermark
        self.expires = expires
        self.request = request
        self.requester = requester
        self.inputs = inputs
    }

    var identity: String { "\(run)/" + (request.map { "\($0.source)/\($0.id)" } ?? "trained") }
}

/// The next offset that publish is to read of each input.
public struct PublishInputs: Codable, Sendable, Equatable {
    public var models: Int64
    public var requests: Int64
    public init(models: Int64 = 0, requests: Int64 = 0) {
        self.models = models
        self.requests = requests
    }
}

/// A message of `releases` whose data is a verdict; the type says which.
public protocol VerdictPayload: Payload {
    var verdict: Verdict { get }
    init(_ verdict: Verdict)
}

extension VerdictPayload {
    public var identity: String { verdict.identity }
    public init(from decoder: any Decoder) throws { self.init(try Verdict(from: decoder)) }
    public func encode(to encoder: any Encoder) throws { try verdict.encode(to: encoder) }
}

/// `model.published`: the version is the champion from now on.
public struct ModelPublished: VerdictPayload {
    public static let type = "dev.millrace.model.published.v1"
    public var verdict: Verdict
    public init(_ verdict: Verdict) { self.verdict = verdict }
}

/// `model.rejected`: the version is not good enough (or was a dry run).
public struct ModelRejected: VerdictPayload {
    public static let type = "dev.millrace.model.rejected.v1"
    public var verdict: Verdict
    public init(_ verdict: Verdict) { self.verdict = verdict }
}

/// `model.inconclusive`: the rows cannot tell: too few positives, or already seen by a model.
public struct ModelInconclusive: VerdictPayload {
    public static let type = "dev.millrace.model.inconclusive.v1"
    public var verdict: Verdict
    public init(_ verdict: Verdict) { self.verdict = verdict }
}

/// `model.awaiting-approval`: the version passed the gate; a person has to promote it before it expires.
public struct ModelAwaitingApproval: VerdictPayload {
    public static let type = "dev.millrace.model.awaiting-approval.v1"
    public var verdict: Verdict
    public init(_ verdict: Verdict) { self.verdict = verdict }
}

/// `model.rolled-back`: the version is champion again in place of `championBefore`; automatic promotion is held.
public struct ModelRolledBack: VerdictPayload {
    public static let type = "dev.millrace.model.rolled-back.v1"
    public var verdict: Verdict
    public init(_ verdict: Verdict) { self.verdict = verdict }
}

/// `request.refused`: a request of the `requests` topic was not carried out.
public struct RequestRefused: Payload {
    public static let type = "dev.millrace.request.refused.v1"
    public var identity: String { "\(request.source)/\(request.id)" }

    public var request: RequestID
    public var requester: String
    /// The request's `ce_type`.
    public var requestType: String
    public var reason: ReleaseReason
    public var champion: Int?
    public var inputs: PublishInputs

    public init(
        request: RequestID, requester: String, requestType: String, reason: ReleaseReason, champion: Int?,
        inputs: PublishInputs
    ) {
        self.request = request
        self.requester = requester
        self.requestType = requestType
        self.reason = reason
        self.champion = champion
        self.inputs = inputs
    }
}

/// `promotion.held`: challengers that pass the gate await approval from now on.
public typealias PromotionHeld = PromotionAnswer<HeldAnswer>

/// `promotion.resumed`: challengers that pass the gate are published again (if `gate.approval` is automatic).
public typealias PromotionResumed = PromotionAnswer<ResumedAnswer>

/// What tells one answer about promotion from the other.
public protocol PromotionAnswerKind: Sendable {
    /// `ce_type`
    static var type: String { get }
}

public enum HeldAnswer: PromotionAnswerKind { public static let type = "dev.millrace.promotion.held.v1" }
public enum ResumedAnswer: PromotionAnswerKind { public static let type = "dev.millrace.promotion.resumed.v1" }

/// The answer to a request that says whether challengers are published by themselves.
public struct PromotionAnswer<Kind: PromotionAnswerKind>: Payload {
    public static var type: String { Kind.type }
    public var identity: String { "\(request.source)/\(request.id)" }
    public var request: RequestID
    public var requester: String
    public var reason: String
    public var inputs: PublishInputs
    public init(request: RequestID, requester: String, reason: String, inputs: PublishInputs) {
        self.request = request
        self.requester = requester
        self.reason = reason
        self.inputs = inputs
    }
}

/// A record of the compacted topic `aliases`, keyed `pipeline/alias`: what scorers follow.
public struct AliasMoved: Payload {
    public static let type = "dev.millrace.alias.moved.v1"
    public var identity: String { "\(alias)/\(release)" }

    /// `champion` or `previous`.
    public var alias: String
    /// Nil: the alias stands for nothing now.
    public var version: Int?
    public var run: String?
    /// The `ce_id` of the release that moved it, sent in the same transaction.
    public var release: String
    /// 1, 2, … counts the champions: a follower never goes to a lower one.
    public var sequence: Int
    /// The version's folder below the registry's.
    public var registryPath: String?

    public init(
        alias: String, version: Int?, run: String?, release: String, sequence: Int, registryPath: String?
    ) {
        self.alias = alias
        self.version = version
        self.run = run
        self.release = release
        self.sequence = sequence
        self.registryPath = registryPath
    }
}
