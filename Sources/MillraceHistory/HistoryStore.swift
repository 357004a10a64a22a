import Foundation
public import Millrace
import SQLite

/// The history of a pipeline in a SQLite file: runs, releases, datasets, labels and seals as the topics tell them, and
/// samples of lag that are in no topic.
///
/// The rows are a projection. How far each topic is taken in stands in the file and moves in the same transaction as the
/// rows, so that a message makes its rows once, whoever writes, and however often it is read. Used by one thread.
public final class HistoryStore {
    /// Changed whenever a table is: a file of another version is put aside and made again.
    static let version: Int64 = 1
    /// `millr` as a number: what file(1) and we know the file by.
    static let application: Int64 = 0x6d69_6c6c
    /// How long samples of lag are kept, and how far apart they are.
    static let sampleSpan = Duration.seconds(14 * 86_400)
    static let sampleInterval = Duration.seconds(30)
    /// The topics that it is made from.
    public static let arrows: [Arrow] = [.slices, .datasets, .models, .releases]

    public let path: String
    private let database: Database
    private let statements: [String: HistoryTable]
    /// The highest offset that this process has read, by topic.
    private var seen: [Arrow: Int64] = [:]
    private var lastSample = Timestamp.distantPast
    /// Messages that could not be understood.
    public private(set) var unreadable = 0

    public static func path(of pipeline: Pipeline, instance: String) -> String {
        "\(pipeline.folder)/history/\(instance).sqlite"
    }

    /// Opens a file, or makes a new one.
    /// - Throws: `HistoryError` for a file that has to be put aside; `SQLiteError` where the disk is the trouble.
    public init(path: String) throws {
        self.path = path
        try FileManager.default.createDirectory(
            atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
        let tables = HistoryTable.projected
        statements = Dictionary(uniqueKeysWithValues: tables.map { ($0.name, $0) })
        do {
            database = try Database(path: path)
            try Self.prepare(database, path: path)
        } catch let error as SQLiteError where error.code == .damaged {
            throw HistoryError(.damaged, "\(path): \(error.message)")
        }
    }

    /// Opens a file; one that cannot be used is renamed, and a new one begun.
    /// - Parameter aside: called with the reason and the new name.
    public static func open(path: String, aside: (HistoryError, String) -> Void) throws -> HistoryStore {
        do {
            return try HistoryStore(path: path)
        } catch let error as HistoryError {
            aside(error, try putAside(path))
            return try HistoryStore(path: path)
        }
    }

    /// - Returns: the file's new name.
    public static func putAside(_ path: String) throws -> String {
        let name = "\(path).\(Int(Date.now.timeIntervalSince1970)).aside"
        try FileManager.default.moveItem(atPath: path, toPath: name)
        // Parts of the old file's log must not be taken for the new one's.
        for ending in ["-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + ending) }
        return name
    }

    private static func prepare(_ database: Database, path: String) throws {
        func pragma(_ name: String) throws -> Int64 { try database.rows("PRAGMA \(name)").first?[0].integer ?? 0 }
        let found = (application: try pragma("application_id"), version: try pragma("user_version"))
        if found == (0, 0), try database.rows("SELECT 1 FROM sqlite_master").isEmpty {
            try database.transaction {
                for table in HistoryTable.projected { try database.execute(table.creation) }
                try database.execute(
                    """
                    CREATE TABLE positions(arrow TEXT PRIMARY KEY, offset INTEGER, id TEXT) WITHOUT ROWID;
                    CREATE TABLE lag_samples(group_name TEXT, time INTEGER, lag INTEGER, seconds REAL, produced REAL,
                        consumed REAL, PRIMARY KEY(group_name, time)) WITHOUT ROWID;
                    PRAGMA application_id = \(application);
                    PRAGMA user_version = \(version);
                    """)
            }
            return
        }
        guard found == (application, version) else {
            throw HistoryError(
                .otherVersion,
                "\(path): expected a history of version \(version), found version \(found.version)"
                    + (found.application == application ? "" : " of something else"))
        }
        let check = try database.rows("PRAGMA quick_check(1)").first?[0].text
        guard check == "ok" else { throw HistoryError(.damaged, "\(path): \(check ?? "it cannot be checked")") }
    }

    // MARK: Taking in

    /// Takes messages in, in the order of each topic. What was taken in before changes nothing.
    /// - Throws: `HistoryError.otherLog` when a message that was taken in is another one by now.
    public func take(_ records: [ControlRecord]) throws {
        guard !records.isEmpty else { return }
        try database.transaction {
            var positions = try self.positions()
            for record in records { try take(record, &positions) }
            try write(positions)
        }
    }

    private typealias Positions = [Arrow: (offset: Int64, id: String)]

    private func take(_ record: ControlRecord, _ positions: inout Positions) throws {
        seen[record.arrow] = max(seen[record.arrow] ?? -1, record.offset)
        let id = record.message.envelope.id
        if let known = positions[record.arrow] {
            if record.offset == known.offset, id != known.id {
                throw HistoryError(
                    .otherLog, "\(record.arrow.rawValue) \(record.offset): expected message \(known.id), found \(id)")
            }
            guard record.offset > known.offset else { return }
        }
        positions[record.arrow] = (record.offset, id)
        do {
            for row in try HistoryRow.rows(of: record) { try write(row) }
        } catch is MessageError {
            unreadable += 1
        }
    }

    private func write(_ row: HistoryRow) throws {
        guard let table = statements[row.table] else { return }
        try database.run(table.statement(for: row.columns.map(\.name)), row.columns.map(\.value))
    }

    private func positions() throws -> Positions {
        var positions: Positions = [:]
        for row in try database.rows("SELECT arrow, offset, id FROM positions") {
            guard let arrow = row[0].text.flatMap(Arrow.init), let offset = row[1].integer, let id = row[2].text
            else { continue }
            positions[arrow] = (offset, id)
        }
        return positions
    }

    private func write(_ positions: Positions) throws {
        for (arrow, position) in positions {
            try database.run(
                """
                INSERT INTO positions VALUES(?, ?, ?)
                ON CONFLICT(arrow) DO UPDATE SET offset = excluded.offset, id = excluded.id
                """, [arrow.rawValue, position.offset, position.id])
        }
    }

    /// To be called when the topics have been read to their ends: a log that ends before what was taken in is another.
    public func checkAllSeen() throws {
        for (arrow, position) in try positions() where position.offset > seen[arrow] ?? -1 {
            throw HistoryError(
                .otherLog,
                "\(arrow.rawValue): expected a message at offset \(position.offset), the topic ends before it")
        }
    }

    /// Forgets what the topics tell and makes it again. Readers see the old rows until all is done.
    /// - Parameter read: calls back with every message of the topics, in the order of each.
    public func rebuild(_ read: ((ControlRecord) throws -> Void) throws -> Void) throws {
        try database.transaction {
            for table in HistoryTable.projected { try database.run("DELETE FROM \(table.name)") }
            try database.run("DELETE FROM positions")
            seen = [:]
            var positions: Positions = [:]
            try read { try take($0, &positions) }
            try write(positions)
        }
    }

    // MARK: Lag

    /// Keeps a sample of every group's lag, at most one in half a minute, and none for ever.
    public func sample(_ observation: Observation) throws {
        guard observation.time >= lastSample + Self.sampleInterval else { return }
        lastSample = observation.time
        try database.transaction {
            for group in observation.groups {
                try database.run(
                    "INSERT OR REPLACE INTO lag_samples VALUES(?, ?, ?, ?, ?, ?)",
                    [
                        group.group, observation.time, group.lag, group.age.seconds, group.produced, group.consumed,
                    ])
            }
            try database.run("DELETE FROM lag_samples WHERE time < ?", [observation.time - Self.sampleSpan])
        }
    }
}
