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
        for (instance, process, age) in [
            ("here", getpid(), Duration.zero), ("before", getpid(), .seconds(30 * 86_400)),
            ("gone", gone.processIdentifier, .zero),
        ] {
            try StatusFile(pipeline: pipeline, instance: instance).write(
                .init(process: process, instance: instance, updated: .now - age, roles: []))
        }
        #expect(StatusFile.readAll(of: pipeline).map(\.instance) == ["here"])
    }
}
