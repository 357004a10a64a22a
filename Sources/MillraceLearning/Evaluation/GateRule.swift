public import MillraceCore

/// What a challenger must show to take the champion's place.
public struct GateRule: Sendable, Equatable, Codable {
    public enum Approval: String, Sendable, Codable, CaseIterable { case automatic, manual }

    /// A metric that must not get worse by more than is tolerated.
    public struct Guard: Sendable, Equatable, Codable {
        public var request: MetricRequest
        /// The column that card precision counts over, for the report.
        public var entity: String?
        /// How much worse it may be: absolute for measures of quality, a share of the champion's for alert volume.
        public var tolerance: Double

        public init(_ request: MetricRequest, entity: String? = nil, tolerance: Double) {
            self.request = request
            self.entity = entity
            self.tolerance = tolerance
        }
    }

    public var metric: MetricRequest
    /// By how much the challenger must be better. Two models of different weeks differ by .005 to .010 in average
    /// precision without any drift, so less than .02 promotes by chance.
    public var margin: Double
    /// What a first model, with no champion to compare to, must reach; nil lets any first model pass.
    public var floor: Double?
    public var guards: [Guard]
    /// Positives in the judged rows below which nothing is decided.
    public var minimumPositives: Int
    public var approval: Approval

    public init(
        metric: MetricRequest = .averagePrecision, margin: Double = 0.02, floor: Double? = nil, guards: [Guard] = [],
        minimumPositives: Int = 200, approval: Approval = .automatic
    ) {
        self.metric = metric
        self.margin = margin
        self.floor = floor
        self.guards = guards
        self.minimumPositives = minimumPositives
        self.approval = approval
    }

    /// Every metric that the decision needs, each once.
    public var requests: [MetricRequest] {
        guards.map(\.request).reduce(into: [metric]) { if !$0.contains($1) { $0.append($1) } }
    }
}

extension GateRule {
    /// The rule that a pipeline file declares.
    ///
    /// - Parameter k: looks a day, where card precision is named without them.
    public init(_ settings: GateSettings, k: Int = 100) {
        func request(_ metric: Metric, _ looks: Int?) -> MetricRequest {
            MetricRequest(metric, k: metric == .cardPrecision ? looks ?? settings.alertBudget ?? k : nil)
        }
        self.init(
            metric: request(settings.metric, nil), margin: settings.margin, floor: settings.floor,
            guards: settings.guards.map {
                Guard(request($0.metric, $0.k), entity: $0.entity ?? settings.entity, tolerance: $0.tolerance)
            },
            minimumPositives: settings.minimumPositives,
            approval: settings.approval == .manual ? .manual : .automatic)
    }
}
