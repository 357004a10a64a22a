import SQLite

/// The tables of the history, declared once: their statements are made of this.
///
/// A row is what messages of the log say about one thing, each column according to its rule. Columns of different
/// topics are apart, so that it does not matter which topic is read first; within a topic messages come in order.
struct HistoryTable: Sendable {
    /// How a later message changes what an earlier one has said.
    enum Rule: Sendable {
        case key
        /// What was said first stays.
        case first
        /// What is said last holds; what is left out stays.
        case last
    }

    struct Column: Sendable {
        var name: String
        var type: String
        var rule: Rule
    }

    var name: String
    var columns: [Column]
    /// What pages are turned by.
    var indexes: [String] = []

    /// - Parameter columns: `name type rule`, several with commas.
    init(_ name: String, _ columns: String, indexes: [String] = []) {
        self.name = name
        self.columns = columns.split(separator: ",").map { text in
            let words = text.split(whereSeparator: \.isWhitespace).map(String.init)
            let rule: Rule = words[2] == "key" ? .key : words[2] == "first" ? .first : .last
            return Column(name: words[0], type: words[1], rule: rule)
        }
        self.indexes = indexes
    }

    private var keys: [String] { columns.filter { $0.rule == .key }.map(\.name) }

    var creation: String {
        let list = columns.map { "\($0.name) \($0.type)" }.joined(separator: ", ")
        let table = "CREATE TABLE \(name)(\(list), PRIMARY KEY(\(keys.joined(separator: ", ")))) WITHOUT ROWID;"
        return table + indexes.map { "CREATE INDEX \(name)_\($0) ON \(name)(\($0));" }.joined()
    }

    /// The statement that lays these columns over what is known.
    func statement(for given: [String]) -> String {
        let updates = columns.filter { $0.rule != .key && given.contains($0.name) }.map { column in
            let (old, new) = ("\(name).\(column.name)", "excluded.\(column.name)")
            return "\(column.name) = coalesce(\(column.rule == .first ? "\(old), \(new)" : "\(new), \(old)"))"
        }
        let places = given.map { _ in "?" }.joined(separator: ", ")
        let action = updates.isEmpty ? "NOTHING" : "UPDATE SET " + updates.joined(separator: ", ")
        return "INSERT INTO \(name)(\(given.joined(separator: ", "))) VALUES(\(places)) "
            + "ON CONFLICT(\(keys.joined(separator: ", "))) DO \(action)"
    }

    /// All that is made from the topics; offsets are those of the messages that say it.
    static let projected = [runs, releases, datasets, labels, seals, slices]

    /// `first_offset` orders runs; `model_offset` and `release_offset` are where each topic speaks of it last.
    static let runs = HistoryTable(
        "runs",
        """
        run TEXT key, first_offset INTEGER first, model_offset INTEGER last, state TEXT last, trigger TEXT first,
        reason TEXT first, requester TEXT first, requests TEXT first, as_of INTEGER first,
        training_start INTEGER first, training_end INTEGER first, holdout_start INTEGER first,
        holdout_end INTEGER first, attempt INTEGER last, started INTEGER first, ended INTEGER first,
        training_rows INTEGER first, training_positives INTEGER first, holdout_positives INTEGER first,
        milliseconds INTEGER first, metrics TEXT first, reasons TEXT first, into_run TEXT first,
        release_offset INTEGER last, verdict TEXT last, version INTEGER last, decided INTEGER last,
        verdict_metrics TEXT last, verdict_reasons TEXT last
        """, indexes: ["first_offset"])

    static let releases = HistoryTable(
        "releases",
        """
        id TEXT key, offset INTEGER first, time INTEGER first, kind TEXT first, version INTEGER first, run TEXT first,
        champion_before INTEGER first, champion INTEGER first, requester TEXT first, reasons TEXT first,
        metric TEXT first, challenger_value REAL first, champion_value REAL first, lower REAL first, upper REAL first,
        rows INTEGER first, positives INTEGER first, holdout_start INTEGER first, holdout_end INTEGER first,
        watermark INTEGER first, expires INTEGER first
        """, indexes: ["offset"])

    /// `quarantine_offset` and its companions stay after a release or a skip.
    static let datasets = HistoryTable(
        "datasets",
        """
        window_start INTEGER key, feature_hash TEXT key, window_end INTEGER first, offset INTEGER first,
        time INTEGER first, rows INTEGER last, is_cold INTEGER first, is_skipped INTEGER first,
        dropped INTEGER first, warnings INTEGER first, quarantine_offset INTEGER first, quarantined INTEGER first,
        rules TEXT first
        """)

    static let labels = HistoryTable(
        "labels",
        """
        window_start INTEGER key, window_end INTEGER first, offset INTEGER first, time INTEGER first,
        labels INTEGER first, positives INTEGER first, negatives INTEGER first, withdrawn INTEGER first,
        changed INTEGER first, unmatched INTEGER first, match_rate REAL first, matured_through INTEGER first,
        last_known INTEGER first, is_silent INTEGER first
        """)

    static let seals = HistoryTable(
        "seals",
        """
        topic TEXT key, partition INTEGER key, sequence INTEGER key, offset INTEGER first, time INTEGER first,
        kind TEXT first, sealed_through INTEGER first, watermark INTEGER first, first_offset INTEGER first,
        next_offset INTEGER first, late INTEGER first, duplicates INTEGER first, dead INTEGER first,
        moved INTEGER first, idle TEXT first
        """)

    /// The share of a partition in a window; windows are added up of them.
    static let slices = HistoryTable(
        "slices",
        """
        window_start INTEGER key, topic TEXT key, partition INTEGER key, sequence INTEGER key,
        window_end INTEGER first, offset INTEGER first, time INTEGER first, kind TEXT first, rows INTEGER first
        """)
}
