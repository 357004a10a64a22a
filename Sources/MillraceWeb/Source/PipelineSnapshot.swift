public import Millrace

/// All that is known of a pipeline at one moment: what every page, answer and metric is made of.
///
/// Made once for many requests, so what has to be sorted or counted is so here.
public final class PipelineSnapshot: Sendable {
    public let observation: Observation
    /// The last while of every group's lag.
    public let series: LagSeries
    /// In the order in which they were decided.
    public let runs: [RunSummary]
    /// Newest first.
    public let versions: [VersionSummary]
    public let status: PipelineStatus
    public let view: PipelineView
    /// Records in the topic of dead letters; nil when it was not asked.
    public let deadLetters: Int64?
    /// nil where it is not known.
    public let drift: DriftReport?
    private let runIndex: [String: Int]

    public init(
        observation: Observation, series: LagSeries, view: PipelineView, status: PipelineStatus, deadLetters: Int64?,
        drift: DriftReport?
    ) {
        self.observation = observation
        self.series = series
        self.view = view
        self.status = status
        self.deadLetters = deadLetters
        self.drift = drift
        runs = view.runs
        versions = view.versions
        runIndex = Dictionary(runs.enumerated().map { ($1.run, $0) }) { $1 }
    }

    public var champion: VersionSummary? {
        view.publish.champion.flatMap { number in versions.first { $0.version == number } }
    }

    public func run(_ name: String) -> RunSummary? { runIndex[name].map { runs[$0] } }
    /// Where a run stands in `runs`.
    func position(of run: String) -> Int? { runIndex[run] }
}
