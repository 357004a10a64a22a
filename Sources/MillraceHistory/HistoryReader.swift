import Foundation
public import Millrace
import SQLite
import Synchronization

/// Reads a history file page by page while another connection writes it. May be used by any thread.
public final class HistoryReader: Sendable {
    private let database: Mutex<Database>

    /// - Throws: `SQLiteError`: there is no such file yet, or it cannot be read.
    public init(path: String) throws {
        database = Mutex(try Database(path: path, access: .readOnly))
    }

    func rows(_ sql: String, _ values: [any Bindable] = []) throws -> [[Value]] {
        try database.withLock { try $0.rows(sql, values) }
    }

    /// A part of a list, newest first.
    public struct Page<Member: Codable & Sendable>: Codable, Sendable {
        public var members: [Member]
        /// What to ask the next page with; nil when this is the last.
        public var next: Int64?
    }

    /// Runs, newest first.
    /// - Parameters:
    ///   - before: the `next` of the page before; nil for the first.
    ///   - states: only runs that are in one of these.
    public func runs(
        before: Int64? = nil, count: Int = 50, states: Set<RunSummary.State> = []
    ) throws -> Page<RunSummary> {
        let chosen = states.map(\.rawValue).sorted()
        let filter =
            chosen.isEmpty
            ? "" : "AND coalesce(verdict, state) IN (\(chosen.map { _ in "?" }.joined(separator: ", ")))"
        let rows = try rows(
            "SELECT first_offset, \(RunSummary.columns) FROM runs WHERE first_offset < ? \(filter) "
                + "ORDER BY first_offset DESC LIMIT ?",
            [before ?? .max] + chosen + [count + 1])
        return page(rows, count) { RunSummary(row: $0[1...]) }
    }

    public func run(_ name: String) throws -> RunSummary? {
        try rows("SELECT \(RunSummary.columns) FROM runs WHERE run = ?", [name]).first.map { RunSummary(row: $0[...]) }
    }

    /// How many runs are in each state.
    public func runCounts() throws -> [String: Int] {
        let rows = try rows("SELECT coalesce(verdict, state), count(*) FROM runs GROUP BY 1")
        return Dictionary(uniqueKeysWithValues: rows.map { ($0[0].text ?? "", Int($0[1].integer ?? 0)) })
    }

    /// Verdicts, refusals, holds and rollbacks, newest first.
    public func releases(before: Int64? = nil, count: Int = 50) throws -> Page<HistoryRelease> {
        let rows = try rows(
            "SELECT offset, \(HistoryRelease.columns) FROM releases WHERE offset < ? ORDER BY offset DESC LIMIT ?",
            [before ?? .max, count + 1])
        return page(rows, count) { HistoryRelease(row: $0[1...]) }
    }

    /// Windows of event time, newest first, from their slices to their dataset.
    /// - Parameter before: in microseconds since 1970.
    public func windows(before: Int64? = nil, count: Int = 50) throws -> Page<HistoryWindow> {
        func newest(_ table: String) -> String {
            "SELECT * FROM (SELECT DISTINCT window_start FROM \(table) WHERE window_start < ?1 ORDER BY 1 DESC LIMIT ?2)"
        }
        let rows = try rows(
            """
            WITH page AS (SELECT window_start FROM (
                \(newest("slices")) UNION \(newest("datasets")) UNION \(newest("labels"))) ORDER BY 1 DESC LIMIT ?2),
            parts(window_start, window_end, slices, sealed_rows, sealed, dataset_rows, ready, quarantined, is_cold,
                is_skipped, labels, positives) AS (
                SELECT window_start, max(window_end), count(*), sum(CASE kind WHEN 'events' THEN rows ELSE 0 END),
                    max(time), NULL, NULL, NULL, NULL, NULL, NULL, NULL
                    FROM slices WHERE window_start IN page GROUP BY window_start
                UNION ALL SELECT window_start, window_end, NULL, NULL, NULL, rows, time, quarantined, is_cold,
                    is_skipped, NULL, NULL FROM datasets WHERE window_start IN page
                UNION ALL SELECT window_start, window_end, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, labels,
                    positives FROM labels WHERE window_start IN page)
            SELECT window_start, max(window_end), max(slices), max(sealed_rows), max(sealed), max(dataset_rows),
                max(ready), max(quarantined), max(is_cold), max(is_skipped), max(labels), max(positives)
            FROM parts GROUP BY window_start ORDER BY window_start DESC
            """, [before ?? .max, count + 1])
        return page(rows, count) { HistoryWindow(row: $0[...]) }
    }

    /// A group's lag from a moment on, oldest first, in at most so many points: of several in a row the greatest.
    public func lag(of group: String, since: Timestamp, points: Int = 360) throws -> [LagSeries.Point] {
        let found = try rows(
            "SELECT time, lag, seconds, produced, consumed FROM lag_samples WHERE group_name = ? AND time >= ? "
                + "ORDER BY time", [group, since])
        let width = max(1, (found.count + points - 1) / max(1, points))
        var series: [LagSeries.Point] = []
        for start in stride(from: 0, to: found.count, by: width) {
            let stretch = found[start..<min(found.count, start + width)]
            guard let row = stretch.max(by: { ($0[1].integer ?? 0) < ($1[1].integer ?? 0) }), let time = row[0].time
            else { continue }
            series.append(
                LagSeries.Point(
                    time: time, lag: row[1].integer ?? 0, seconds: row[2].real, produced: row[3].real,
                    consumed: row[4].real))
        }
        return series
    }

    /// How many rows each table has.
    public func rowCounts() throws -> [(name: String, count: Int)] {
        try HistoryTable.projected.map { table in
            (table.name, try rows("SELECT count(*) FROM \(table.name)").first?[0].int ?? 0)
        }
    }

    /// Every row that is made from the topics, a line each, sorted: equal for equal logs.
    public func dump() throws -> [String] {
        try HistoryTable.projected.flatMap { table in
            let names = table.columns.map(\.name)
            return try rows("SELECT \(names.joined(separator: ", ")) FROM \(table.name)").map { row in
                table.name + " " + zip(names, row).map { "\($0)=\($1)" }.joined(separator: " ")
            }
        }.sorted()
    }

    private func page<Member>(_ rows: [[Value]], _ count: Int, _ member: ([Value]) -> Member) -> Page<Member> {
        let kept = rows.prefix(count)
        return Page(members: kept.map(member), next: rows.count > count ? kept.last?[0].integer : nil)
    }
}

extension Value {
    var time: Timestamp? { integer.map { Timestamp(microseconds: $0) } }
    var int: Int? { integer.map { Int($0) } }
    var flag: Bool { integer == 1 }

    func decoded<Answer: Decodable>(_ type: Answer.Type) -> Answer? {
        text.flatMap { try? JSONDecoder().decode(type, from: Data($0.utf8)) }
    }

    static func window(_ start: Value, _ end: Value) -> Window? {
        guard let start = start.time, let end = end.time else { return nil }
        return Window(start: start, end: end)
    }
}
