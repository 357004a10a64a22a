import Foundation
import Testing

/// Who may work in a pipeline's folder, as the program says it.
@Suite(.serialized) struct FolderLockTests {
    private func pipeline(_ name: String, folder shared: String? = nil, in folder: TemporaryFolder) throws {
        let made = try ProgramRun.run(
            ["init", "\(name).yaml", "--name", name, "--brokers", "embedded"], in: folder.url)
        try #require(made.code == 0, "\(made.error)")
        guard let shared else { return }
        let text = try folder.read("\(name).yaml")
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map {
            $0.hasPrefix("folder:") ? "folder: \(shared)" : String($0)
        }
        let changed = lines.joined(separator: "\n")
        try folder.write(changed == text ? "\(text)\nfolder: \(shared)\n" : changed, to: "\(name).yaml")
    }

    private func address(_ path: String, of worker: StartedProgram, in folder: TemporaryFolder) throws -> String {
        let end = ContinuousClock.now + .seconds(60)
        while !FileManager.default.fileExists(atPath: folder.file(path)) {
            try #require(worker.isRunning, "the worker ended: \(worker.errorText)")
            try #require(ContinuousClock.now < end, "no embedded broker within a minute")
            Thread.sleep(forTimeInterval: 0.05)
        }
        return String(try folder.read(path).prefix { !$0.isNewline })
    }

    @Test func aSecondWorkerOfTheSameNameIsRefusedUntilTheFirstIsDeadAndOneOfAnotherNameIsNot() throws {
        let folder = try TemporaryFolder()
        try pipeline("cards", in: folder)
        let first = try StartedProgram(["run", "--no-http"], in: folder.url)
        let brokers = try address("millrace/cards/broker", of: first, in: folder)

        let second = try ProgramRun.run(["run", "--no-http"], in: folder.url)
        #expect(second.code == 1)
        #expect(second.error.contains("another worker named '0' is using"))
        #expect(second.error.contains("process \(first.id) on "))
        #expect(second.error.contains("--instance"))

        // Two processes of every role, each with a name of its own, are as it is meant.
        let other = try StartedProgram(
            ["run", "--no-http", "--instance", "b", "--brokers", brokers], in: folder.url)
        let end = ContinuousClock.now + .seconds(60)
        while !other.errorText.contains(" started pipeline="), other.isRunning, ContinuousClock.now < end {
            Thread.sleep(forTimeInterval: 0.05)
        }
        #expect(other.errorText.contains(" started pipeline="), "\(other.errorText)")
        other.signal(SIGKILL)
        _ = try other.wait()

        // Its death gives the folder free, however it died.
        first.signal(SIGKILL)
        _ = try first.wait()
        try FileManager.default.removeItem(atPath: folder.file("millrace/cards/broker"))
        let third = try StartedProgram(["run", "--no-http"], in: folder.url)
        _ = try address("millrace/cards/broker", of: third, in: folder)
        third.signal(SIGTERM)
        #expect(try third.wait().code == 0)
    }

    @Test func thePipelineOfAnotherNameIsKeptOutOfAFolder() throws {
        let folder = try TemporaryFolder()
        try pipeline("cards", folder: "state", in: folder)
        try pipeline("loans", folder: "state", in: folder)
        let first = try StartedProgram(["run", "--no-http", "-f", "cards.yaml"], in: folder.url)
        _ = try address("state/broker", of: first, in: folder)
        first.signal(SIGTERM)
        #expect(try first.wait().code == 0)
        let second = try ProgramRun.run(["run", "--no-http", "-f", "loans.yaml"], in: folder.url)
        #expect(second.code == 1)
        #expect(second.error.contains("is the folder of the pipeline 'cards', and 'loans' must not share it"))
    }

    @Test func aFileInTheWayOfTheFolderIsNamed() throws {
        let folder = try TemporaryFolder()
        try pipeline("cards", folder: "state", in: folder)
        try folder.write("not a folder", to: "state")
        let run = try ProgramRun.run(["run", "--no-http", "-f", "cards.yaml"], in: folder.url)
        #expect(run.code == 1)
        #expect(run.error.contains("cannot create the folder"))
        #expect(run.error.contains("state: a file has its name"))
        #expect(!run.error.contains("NSCocoaErrorDomain"))
    }
}
