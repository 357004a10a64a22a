public import MillraceCore

/// A comparison that publish asks for before it decides.
public struct Judgement: Sendable, Equatable {
    public var version: Int
    public var run: String
    public var challenger: VersionModel
    public var champion: PublishState.Version?
    public var holdout: Window
    public var labelsKnownAt: Timestamp
    /// Either model was trained on rows of the holdout or of the gap before it.
    public var isSeen: Bool
    /// Automatic promotion is held.
    public var isHeld: Bool
    public var isDryRun: Bool
    /// Absent when the model's own training asks.
    public var request: RequestID?
    public var requester: String?
    /// The folder of the run's report, below the pipeline's.
    public var reportFolder: String
    var inputs: PublishInputs
    var watermark: Timestamp?

    /// Whether a result for one answers the other: the same models on the same rows under the same circumstances.
    public func asksTheSame(as other: Judgement) -> Bool {
        var same = self
        same.inputs = other.inputs
        return same == other
    }
}

/// What the comparison found.
public struct JudgementResult: Sendable, Equatable {
    public var verdict: GateDecision.Verdict
    public var reasons: [ReleaseReason]
    public var gate: GateNumbers?
    public var threshold: Double?
    /// `report.json` and `report.html`, below the pipeline's folder.
    public var report: [FileReference]
    /// Why there was no comparison; nil when there was one.
    public var failure: ReleaseReason?

    public init(
        verdict: GateDecision.Verdict, reasons: [ReleaseReason], gate: GateNumbers?, threshold: Double? = nil,
        report: [FileReference] = []
    ) {
        self.verdict = verdict
        self.reasons = reasons
        self.gate = gate
        self.threshold = threshold
        self.report = report
    }

    /// There was nothing to compare: files are gone or damaged, say.
    public static func failed(_ error: any Error) -> JudgementResult {
        let reason = ReleaseReason("evaluation-failed", "the models could not be compared: \("\(error)".prefix(2000))")
        var result = JudgementResult(verdict: .inconclusive, reasons: [reason], gate: nil)
        result.failure = reason
        return result
    }
}
