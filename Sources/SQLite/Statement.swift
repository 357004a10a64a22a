internal import CSQLite

/// A prepared statement. Belongs to its database, and to one thread at a time with it.
final class Statement {
    private let pointer: OpaquePointer
    private let database: OpaquePointer

    init(_ sql: String, database: OpaquePointer) throws(SQLiteError) {
        var pointer: OpaquePointer?
        let code = sqlite3_prepare_v2(database, sql, -1, &pointer, nil)
        guard code == SQLITE_OK, let pointer else {
            throw SQLiteError.last(of: database, code, "cannot prepare '\(sql)'")
        }
        self.pointer = pointer
        self.database = database
    }

    deinit { sqlite3_finalize(pointer) }

    func bind(_ values: [Value]) throws(SQLiteError) {
        let expected = Int(sqlite3_bind_parameter_count(pointer))
        guard values.count == expected else {
            throw SQLiteError(.failed, "expected \(expected) values for '\(text)', found \(values.count)")
        }
        for (index, value) in values.enumerated() {
            let place = Int32(index + 1)
            let code =
                switch value {
                case .null: sqlite3_bind_null(pointer, place)
                case .integer(let number): sqlite3_bind_int64(pointer, place, number)
                case .real(let number): sqlite3_bind_double(pointer, place, number)
                // SQLITE_TRANSIENT, a cast that the importer leaves out: SQLite copies the text.
                case .text(let text):
                    sqlite3_bind_text(
                        pointer, place, text, Int32(text.utf8.count),
                        unsafeBitCast(-1, to: sqlite3_destructor_type.self))
                }
            guard code == SQLITE_OK else { throw SQLiteError.last(of: database, code, "cannot bind to '\(text)'") }
        }
    }

    /// - Returns: whether there is a row.
    func step() throws(SQLiteError) -> Bool {
        switch sqlite3_step(pointer) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        case let code: throw SQLiteError.last(of: database, code, "'\(text)' failed")
        }
    }

    /// The present row.
    var row: [Value] {
        (0..<sqlite3_column_count(pointer)).map { column in
            switch sqlite3_column_type(pointer, column) {
            case SQLITE_INTEGER: .integer(sqlite3_column_int64(pointer, column))
            case SQLITE_FLOAT: .real(sqlite3_column_double(pointer, column))
            case SQLITE_NULL: .null
            // By its length: a text may hold a NUL.
            default:
                .text(
                    String(
                        decoding: UnsafeBufferPointer(
                            start: sqlite3_column_text(pointer, column),
                            count: Int(sqlite3_column_bytes(pointer, column))), as: UTF8.self))
            }
        }
    }

    func reset() {
        sqlite3_reset(pointer)
        sqlite3_clear_bindings(pointer)
    }

    private var text: String { sqlite3_sql(pointer).map { String(cString: $0) } ?? "" }
}

extension SQLiteError {
    static func last(of database: OpaquePointer?, _ code: Int32, _ what: String) -> SQLiteError {
        let reason = database.flatMap { sqlite3_errmsg($0) } ?? sqlite3_errstr(code)
        let kind: Code =
            switch code & 0xff {
            case SQLITE_CORRUPT, SQLITE_NOTADB: .damaged
            case SQLITE_BUSY, SQLITE_LOCKED: .busy
            case SQLITE_CANTOPEN, SQLITE_PERM, SQLITE_READONLY, SQLITE_IOERR, SQLITE_AUTH: .inaccessible
            case SQLITE_FULL: .full
            case SQLITE_CONSTRAINT: .constraint
            default: .failed
            }
        return SQLiteError(kind, what + (reason.map { ": " + String(cString: $0) } ?? ""))
    }
}
