import Foundation
import Millrace
import Testing

@Suite struct DurableFileTests {
    /// A folder of its own for a test, removed afterwards.
    func withFolder(_ body: (String) throws -> Void) throws {
        let folder = NSTemporaryDirectory() + "durable-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try body(folder)
    }

    @Test func `A file is replaced as a whole and nothing else stays in the folder`() throws {
        try withFolder { folder in
            try DurableFile.write("one", to: folder + "/a")
            try DurableFile.write("two", to: folder + "/a")
            #expect(try DurableFile.read(folder + "/a") == Array("two".utf8))
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["a"])
        }
    }

    @Test func `A writer dropped before it is complete leaves the old file and no trace`() throws {
        try withFolder { folder in
            try DurableFile.write("old", to: folder + "/a")
            do {
                var writer = try DurableFileWriter(folder + "/a")
                try writer.write("half of the n")
                #expect(FileManager.default.fileExists(atPath: writer.temporaryPath))
            }
            #expect(try DurableFile.read(folder + "/a") == Array("old".utf8))
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["a"])
        }
    }

    @Test func `A file can take its name from its content`() throws {
        try withFolder { folder in
            var writer = try DurableFileWriter(folder + "/slice")
            try writer.write("abc")
            let checksum = try writer.commit { folder + "/slice-\($0.prefix(8))" }
            #expect(checksum == Checksum(of: "abc"))
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["slice-ba7816bf"])
        }
    }

    @Test func `Reading more than was allowed for is refused`() throws {
        try withFolder { folder in
            try DurableFile.write([UInt8](repeating: 7, count: 100_000), to: folder + "/a")
            #expect(try DurableFile.read(folder + "/a", limit: 100_000).count == 100_000)
            let error = #expect(throws: FileError.self) { try DurableFile.read(folder + "/a", limit: 99_999) }
            #expect(error?.code == .tooLarge)
        }
    }

    @Test func `Folders are created with those above them`() throws {
        try withFolder { folder in
            try DurableFile.createFolder(folder + "/a/b/c")
            try DurableFile.createFolder(folder + "/a/b/c")
            try DurableFile.write("x", to: folder + "/a/b/c/file")
            let error = #expect(throws: FileError.self) { try DurableFile.createFolder(folder + "/a/b/c/file") }
            #expect(error?.message.contains("a file has its name") == true)
        }
    }

    @Test func `The folder of a path is what stands before its last name`() {
        #expect(DurableFile.folder(of: "a") == ".")
        #expect(DurableFile.folder(of: "/a") == "/")
        #expect(DurableFile.folder(of: "a/b/") == "a")
        #expect(DurableFile.folder(of: "/a/b/c") == "/a/b")
    }
}
