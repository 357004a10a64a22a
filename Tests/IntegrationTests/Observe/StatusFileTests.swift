import Foundation
import Millrace
import Testing

@testable import MillraceWorker

@Suite struct StatusFileTests {
    @Test func `A process is alive when it is there and is the one that wrote, and no other with its number`() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: folder) }
        var pipeline = try PipelineFile.parse(PipelineTemplate.text()).pipeline
        pipeline.folder = folder.path
        let gone = Process()
        gone.executableURL = URL(filePath: "/bin/true")
        try gone.run()
        gone.waitUntilExit()
        let here = ProcessIdentity.current
        let start = try #require(here.start)
        for (instance, process, start) in [
            ("here", here.number, start), ("before", here.number, start - 1), ("gone", gone.processIdentifier, start),
        ] {
            try StatusFile(pipeline: pipeline, instance: instance).write(
                .init(process: process, start: start, instance: instance, updated: .now, roles: []))
        }
        #expect(StatusFile.readAll(of: pipeline).map(\.instance) == ["here"])
    }

    @Test func `An embedded broker is there as long as the very process that wrote its address`() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: folder) }
        var pipeline = try PipelineFile.parse(PipelineTemplate.text()).pipeline
        pipeline.folder = folder.path
        try DurableFile.createFolder(pipeline.folder)
        try EmbeddedAddress.write("127.0.0.1:1", folder: pipeline.folder)
        #expect(EmbeddedAddress.read(of: pipeline) == "127.0.0.1:1")
        let here = ProcessIdentity.current
        #expect(ProcessIdentity(here.description) == here)
        let start = try #require(here.start)
        try DurableFile.write(
            "127.0.0.1:1\n\(ProcessIdentity(number: here.number, start: start - 1))\n",
            to: EmbeddedAddress.path(folder: pipeline.folder))
        #expect(EmbeddedAddress.read(of: pipeline) == nil)
        for text in ["", "12", "12 13 14", "-1 5", "0 5", "x 5"] { #expect(ProcessIdentity(text) == nil, "\(text)") }
        #expect(ProcessIdentity("12 -") == ProcessIdentity(number: 12, start: nil))
    }

    @Test func `A folder is held as long as a worker has its lock`() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        #expect(!FolderLock.isHeld(folder))
        let lock = try FolderLock(folder: folder, instance: "a", pipeline: "cards")
        defer { lock.release() }
        #expect(FolderLock.isHeld(folder))
        let here = ProcessIdentity.current
        try DurableFile.write(
            "process 1 on here\n\(ProcessIdentity(number: here.number, start: here.start.map { $0 - 1 }))",
            to: "\(folder)/.lock-a.holder")
        #expect(!FolderLock.isHeld(folder))
    }
}
