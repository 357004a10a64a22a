internal import CSQLite

/// A connection to a database file, with write-ahead log: any number of readers beside one writer. Used by one thread
/// at a time; another thread opens a connection of its own.
public final class Database {
    public enum Access: Sendable { case readOnly, readWrite }

    private let pointer: OpaquePointer
    /// By their text: what is asked again is not prepared again.
    private var statements: [String: Statement] = [:]

    /// - Parameter wait: how long to wait for another connection's lock.
    public init(path: String, access: Access = .readWrite, wait: Duration = .seconds(5)) throws(SQLiteError) {
        var pointer: OpaquePointer?
        let flags = access == .readOnly ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
        let code = sqlite3_open_v2(path, &pointer, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nil)
        guard code == SQLITE_OK, let pointer else {
            let error = SQLiteError.last(of: pointer, code, "cannot open \(path)")
            sqlite3_close_v2(pointer)
            throw error
        }
        self.pointer = pointer
        sqlite3_busy_timeout(pointer, Int32(clamping: Int64(wait / .milliseconds(1))))
        // What was made of the log can be made again: a crash of the machine may cost the last transactions, but not
        // the file.
        if access == .readWrite { try execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL") }
    }

    deinit {
        statements.removeAll()
        sqlite3_close_v2(pointer)
    }

    /// Carries out statements that take no values, with `;` between them.
    public func execute(_ sql: String) throws(SQLiteError) {
        let code = sqlite3_exec(pointer, sql, nil, nil, nil)
        guard code == SQLITE_OK else { throw SQLiteError.last(of: pointer, code, "'\(sql)' failed") }
    }

    /// Carries out one statement.
    /// - Returns: how many rows it has changed.
    @discardableResult
    public func run(_ sql: String, _ values: [any Bindable] = []) throws(SQLiteError) -> Int {
        try query(sql, values) { _ in }
        return Int(sqlite3_changes64(pointer))
    }

    /// The answer to one statement, row by row.
    public func query(
        _ sql: String, _ values: [any Bindable] = [], each: ([Value]) -> Void
    ) throws(SQLiteError) {
        let statement = try prepared(sql)
        defer { statement.reset() }
        try statement.bind(values.map(\.value))
        while try statement.step() { each(statement.row) }
    }

    public func rows(_ sql: String, _ values: [any Bindable] = []) throws(SQLiteError) -> [[Value]] {
        var rows: [[Value]] = []
        try query(sql, values) { rows.append($0) }
        return rows
    }

    /// All or nothing. The write lock is taken at the start, so that what is read in `body` holds when it writes.
    public func transaction<Answer>(_ body: () throws -> Answer) throws -> Answer {
        try execute("BEGIN IMMEDIATE")
        do {
            let answer = try body()
            try execute("COMMIT")
            return answer
        } catch {
            // Some failures have rolled back already.
            if sqlite3_get_autocommit(pointer) == 0 { try? execute("ROLLBACK") }
            throw error
        }
    }

    private func prepared(_ sql: String) throws(SQLiteError) -> Statement {
        if let statement = statements[sql] { return statement }
        let statement = try Statement(sql, database: pointer)
        statements[sql] = statement
        return statement
    }
}
