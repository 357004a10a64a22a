import Foundation
import Testing

@Suite struct InitTests {
    @Test func theFileThatInitWritesIsAPipelineThatCommandsFind() throws {
        let folder = try TemporaryFolder()
        let run = try ProgramRun.run(["init", "--name", "cards"], in: folder.url)
        #expect(run.code == 0)
        #expect(try folder.read("pipeline.yaml").contains("pipeline: cards"))
        let check = try ProgramRun.run(["check"], in: folder.url)
        #expect(check.code == 0, "\(check.error)")
        #expect(check.output.contains("cards"))
    }

    @Test func anExistingFileIsLeftAloneUnlessForced() throws {
        let folder = try TemporaryFolder()
        try folder.write("mine", to: "pipeline.yaml")
        let refused = try ProgramRun.run(["init"], in: folder.url)
        #expect(refused.code == 1)
        #expect(refused.error.contains("--force"))
        #expect(try folder.read("pipeline.yaml") == "mine")
        #expect(try ProgramRun.run(["init", "--force"], in: folder.url).code == 0)
        #expect(try folder.read("pipeline.yaml") != "mine")
    }

    @Test func aNameThatCannotBeOneIsRefusedWithTheReason() throws {
        let folder = try TemporaryFolder()
        let run = try ProgramRun.run(["init", "--name", "My Pipeline"], in: folder.url)
        #expect(run.code == 4)
        #expect(run.error.contains("My Pipeline"))
        #expect(!FileManager.default.fileExists(atPath: folder.file("pipeline.yaml")))
    }
}
