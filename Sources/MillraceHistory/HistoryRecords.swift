public import Millrace
import SQLite

extension RunSummary {
    static let columns = """
        run, coalesce(verdict, state), trigger, reason, requester, requests, as_of, training_start, training_end, \
        holdout_start, holdout_end, attempt, started, coalesce(decided, ended), training_rows, training_positives, \
        holdout_positives, milliseconds, coalesce(verdict_metrics, metrics), version, \
        coalesce(verdict_reasons, reasons), into_run
        """

    init(row: ArraySlice<Value>) {
        let row = Array(row)
        self.init(row[0].text ?? "", state: row[1].text.flatMap(State.init) ?? .queued, trigger: nil)
        trigger = row[2].text ?? ""
        reason = row[3].text ?? ""
        requester = row[4].text
        requests = row[5].decoded([RequestID].self) ?? []
        asOf = row[6].time
        training = Value.window(row[7], row[8])
        holdout = Value.window(row[9], row[10])
        attempt = row[11].int ?? 0
        started = row[12].time
        ended = row[13].time
        trainingRows = row[14].int
        trainingPositives = row[15].int
        holdoutPositives = row[16].int
        milliseconds = row[17].int
        metrics = row[18].decoded([String: Double].self) ?? [:]
        version = row[19].int
        reasons = row[20].decoded([ReleaseReason].self) ?? []
        into = row[21].text
    }
}

/// A message of `releases`, in a few fields.
public struct HistoryRelease: Codable, Sendable, Equatable {
    public var id: String
    public var time: Timestamp?
    /// `published`, `rejected`, `inconclusive`, `awaiting-approval`, `rolled-back`; `refused`, `held`, `resumed`.
    public var kind: String
    public var version: Int?
    public var run: String?
    public var championBefore: Int?
    public var champion: Int?
    public var requester: String?
    public var reasons: [ReleaseReason]
    /// The gate's metric, and both models' values of it on the same rows.
    public var metric: String?
    public var challengerValue: Double?
    public var championValue: Double?
    /// Of the difference.
    public var lower: Double?
    public var upper: Double?
    public var rows: Int?
    public var positives: Int?
    public var holdout: Window?
    public var watermark: Timestamp?
    public var expires: Timestamp?

    static let columns = """
        id, time, kind, version, run, champion_before, champion, requester, reasons, metric, challenger_value, \
        champion_value, lower, upper, rows, positives, holdout_start, holdout_end, watermark, expires
        """

    init(row: ArraySlice<Value>) {
        let row = Array(row)
        id = row[0].text ?? ""
        time = row[1].time
        kind = row[2].text ?? ""
        version = row[3].int
        run = row[4].text
        championBefore = row[5].int
        champion = row[6].int
        requester = row[7].text
        reasons = row[8].decoded([ReleaseReason].self) ?? []
        metric = row[9].text
        challengerValue = row[10].real
        championValue = row[11].real
        lower = row[12].real
        upper = row[13].real
        rows = row[14].int
        positives = row[15].int
        holdout = Value.window(row[16], row[17])
        watermark = row[18].time
        expires = row[19].time
    }
}

/// A window of event time, from its slices to its dataset.
public struct HistoryWindow: Codable, Sendable, Equatable {
    public var start: Timestamp
    public var end: Timestamp?
    public var slices: Int
    /// Events in them.
    public var sealedRows: Int
    /// When the last of them was sealed.
    public var sealed: Timestamp?
    public var datasetRows: Int?
    public var ready: Timestamp?
    public var quarantined: Timestamp?
    public var isCold: Bool
    public var isSkipped: Bool
    /// Labels that became known in it.
    public var labels: Int?
    public var positives: Int?

    init(row: ArraySlice<Value>) {
        let row = Array(row)
        start = row[0].time ?? .distantPast
        end = row[1].time
        slices = row[2].int ?? 0
        sealedRows = row[3].int ?? 0
        sealed = row[4].time
        datasetRows = row[5].int
        ready = row[6].time
        quarantined = row[7].time
        isCold = row[8].flag
        isSkipped = row[9].flag
        labels = row[10].int
        positives = row[11].int
    }
}
