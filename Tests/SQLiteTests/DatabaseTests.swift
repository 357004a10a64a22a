import Foundation
import SQLite
import Testing

struct DatabaseTests {
    private final class Folder {
        let url = FileManager.default.temporaryDirectory.appending(path: "sqlite-\(UUID().uuidString)")
        init() throws { try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true) }
        deinit { try? FileManager.default.removeItem(at: url) }
        var file: String { url.appending(path: "a.sqlite").path }
    }

    @Test func `Values come back as they went in`() throws {
        let folder = try Folder()
        let database = try Database(path: folder.file)
        try database.execute("CREATE TABLE t(a, b)")
        let values: [Value] = [
            .null, .integer(.min), .integer(.max), .real(-0.1), .real(.infinity), .text(""), .text("a\0b"),
            .text("ä'\";--\n"),
        ]
        for value in values { try database.run("INSERT INTO t VALUES(?, ?)", [value, 1]) }
        #expect(try database.rows("SELECT a FROM t ORDER BY rowid").map(\.[0]) == values)
        #expect(try database.rows("SELECT count(*) FROM t WHERE a = ?", ["ä'\";--\n"]) == [[.integer(1)]])
        #expect(try database.run("UPDATE t SET b = ?", [Optional<Int>.none]) == values.count)
    }

    @Test func `A transaction that throws leaves nothing behind, and the next one works`() throws {
        struct Stop: Error {}
        let folder = try Folder()
        let database = try Database(path: folder.file)
        try database.execute("CREATE TABLE t(a PRIMARY KEY)")
        #expect(throws: Stop.self) {
            try database.transaction {
                try database.run("INSERT INTO t VALUES(1)")
                throw Stop()
            }
        }
        #expect(try database.rows("SELECT * FROM t").isEmpty)
        #expect(try database.transaction { try database.run("INSERT INTO t VALUES(1)") } == 1)
        let again = #expect(throws: SQLiteError.self) { try database.run("INSERT INTO t VALUES(1)") }
        #expect(again?.code == .constraint)
    }

    @Test func `Readers see what was committed while a writer writes`() throws {
        let folder = try Folder()
        let writer = try Database(path: folder.file)
        try writer.execute("CREATE TABLE t(a)")
        let reader = try Database(path: folder.file, access: .readOnly)
        try writer.transaction {
            try writer.run("INSERT INTO t VALUES(1)")
            #expect(try reader.rows("SELECT * FROM t").isEmpty)
        }
        #expect(try reader.rows("SELECT * FROM t").count == 1)
        let refusal = #expect(throws: SQLiteError.self) { try reader.run("INSERT INTO t VALUES(2)") }
        #expect(refusal?.code == .inaccessible)
    }

    @Test func `Files that are no databases, missing files and wrong statements are told apart`() throws {
        let folder = try Folder()
        try Data(repeating: 7, count: 5000).write(to: URL(filePath: folder.file))
        #expect(#expect(throws: SQLiteError.self) { try Database(path: folder.file) }?.code == .damaged)
        let missing = folder.file + "/none"
        #expect(#expect(throws: SQLiteError.self) { try Database(path: missing) }?.code == .inaccessible)
        try FileManager.default.removeItem(atPath: folder.file)
        let database = try Database(path: folder.file)
        #expect(#expect(throws: SQLiteError.self) { try database.run("SELEC 1") }?.code == .failed)
        #expect(#expect(throws: SQLiteError.self) { try database.run("SELECT ?") }?.code == .failed)
    }
}
