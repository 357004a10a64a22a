import Millrace

func moment(_ text: String) -> Timestamp {
    Timestamp(rfc3339: text.count == 10 ? text + "T00:00:00Z" : text)!
}

func days(_ count: Int) -> Duration { .seconds(count * 86_400) }

func day(_ index: Int, from start: String = "2018-04-01") -> Window {
    let begin = moment(start) + days(index)
    return Window(start: begin, end: begin + days(1))
}

enum Fixture {
    static let features = "f0f0"

    static func dataset(
        _ window: Window, rows: Int = 10_000, cold: Bool = false, hash: String = features, columns: Int = 15
    ) -> DatasetReady {
        DatasetReady(
            window: window, featureHash: hash, rows: rows, features: (0..<columns).map { "f\($0)" },
            folder: "datasets/\(hash)/\(window.fileName)", files: [], isCold: cold,
            offsets: ["transactions/0": window.end.microseconds / 1_000_000], slices: [], state: nil,
            slicesRewindOffset: 0)
    }

    static func labels(
        _ window: Window, labels: Int = 80, matured: Timestamp?? = nil, silent: Bool = false, match: Double? = 1
    ) -> LabelsArrived {
        LabelsArrived(
            window: window, file: nil, labels: labels, positives: labels, negatives: 0, withdrawn: 0, changed: 0,
            unmatched: 0, matchRate: match, maturedThrough: matured ?? (window.end - days(7)),
            lastKnown: window.end, isSilent: silent)
    }

    static func labelSource() -> LabelSource {
        LabelSource(topics: ["labels"], eventField: "tx_id", reportedField: "reported", valueField: "fraud")
    }

    static func planner(_ change: (inout TrainingSettings) -> Void = { _ in }) -> RunPlanner {
        var training = TrainingSettings()
        change(&training)
        return RunPlanner(windowSize: days(1), training: training, labels: labelSource(), featureHash: features)
    }

    static func settings(_ triggers: [Trigger]) -> TriggerSettings {
        TriggerSettings(
            pipeline: "p", triggers: triggers, planner: planner(), configurationHash: "c",
            schedules: ["0 6 * * *": DailySchedule(hour: 6)])
    }

    /// A log of days: labels and dataset in turn, the first `cold` of them cold.
    static func log(days count: Int, cold: Int = 0) -> [DatasetsMessage] {
        (0..<count).flatMap { index -> [DatasetsMessage] in
            [.labels(labels(day(index))), .dataset(dataset(day(index), cold: index < cold))]
        }
    }

    static func catalog(days count: Int, cold: Int = 0) -> DatasetCatalog {
        var catalog = DatasetCatalog()
        for message in log(days: count, cold: cold) {
            switch message {
            case .labels(let message): catalog.add(message)
            case .dataset(let message): catalog.add(message)
            }
        }
        return catalog
    }

    static func verdictless(_ started: RunStarted) -> ModelTrained {
        ModelTrained(
            run: started.run, trigger: started.trigger, plan: started.plan, isDryRun: started.isDryRun,
            folder: "runs/\(started.run)", files: [], featureHash: started.featureHash,
            training: .init(rows: 1, positives: 1), holdout: .init(rows: 1, positives: 1), metrics: [:], rounds: 1,
            lineage: lineage(started), milliseconds: 1)
    }

    static func lineage(_ started: RunStarted) -> Lineage {
        Lineage(
            pipeline: "p", configurationHash: "c", featureHash: started.featureHash, asOf: started.plan.asOf,
            offsets: [:], trigger: started.trigger, versions: [:], parameters: [:])
    }
}

enum DatasetsMessage: Equatable {
    case labels(LabelsArrived)
    case dataset(DatasetReady)
}

/// Every day at an hour, in UTC.
struct DailySchedule: MomentSchedule {
    var hour: Int
    func next(after moment: Timestamp) -> Timestamp? {
        let start = Window(holding: moment, size: days(1)).start
        let today = start + .seconds(hour * 3600)
        return today > moment ? today : today + days(1)
    }
}

/// SplitMix64: the same stream for a seed, everywhere.
struct Seeded: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
