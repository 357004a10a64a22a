import Foundation
import Testing

import Millrace
@testable import MillraceCore

@Suite struct FolderWriterTests {
    private func write(_ text: String, below folder: String) throws -> [FileReference] {
        var writer = try FolderWriter("labels/w", below: folder)
        try writer.write(Array(text.utf8), name: "a")
        try writer.write(Array("b".utf8), name: "b")
        return try writer.commit()
    }

    private func inode(_ path: String) throws -> Int {
        try #require(FileManager.default.attributesOfItem(atPath: path)[.systemFileNumber] as? Int)
    }

    @Test func `a folder that holds the same already stays where it is, so that nobody finds it gone`() throws {
        try DatasetTests.withFolder { folder in
            let first = try write("one", below: folder)
            let before = try inode("\(folder)/labels/w")
            #expect(try write("one", below: folder) == first)
            #expect(try inode("\(folder)/labels/w") == before)
            #expect(try FileManager.default.contentsOfDirectory(atPath: "\(folder)/labels") == ["w"])
        }
    }

    @Test func `a damaged one makes way, and nothing is left beside it`() throws {
        try DatasetTests.withFolder { folder in
            let first = try write("one", below: folder)
            try Data("onf".utf8).write(to: URL(filePath: "\(folder)/labels/w/a"))
            #expect(try write("one", below: folder) == first)
            #expect(try readChecked(first[0], folder: folder) == Array("one".utf8))
            #expect(try FileManager.default.contentsOfDirectory(atPath: "\(folder)/labels") == ["w"])
        }
    }
}
