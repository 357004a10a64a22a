import Foundation
import Kafka
import Millrace
import Testing

@testable import MillraceWorker

/// Whatever is changed behind the worker's back, the audit finds it and says where.
@Suite(.serialized) struct TamperedPipelineTests {
    private func audit(_ stage: StagedPipeline) throws -> [AuditReport.Fault] {
        let file = try PipelineFile.load(path: stage.folder.file("pipeline.yaml"))
        var pipeline = file.pipeline
        pipeline.folder = stage.folder.file("millrace/cards")
        pipeline.registry.path = stage.folder.file("registry")
        return try Auditor(PipelineConnection(pipeline, brokers: stage.broker.brokers)).audit().faults
    }

    private func stage(leavingOut omitted: StagedPipeline.Message? = nil) throws -> StagedPipeline {
        let stage = try StagedPipeline(partitions: 1)
        try stage.stageRelease(leavingOut: omitted)
        return stage
    }

    @Test func aByteChangedOrAFileRemovedIsFoundInEveryKindOfFile() throws {
        let stage = try stage()
        #expect(try audit(stage) == [])
        let files = try stage.files()
        for kind in [
            ".slice", ".ledger", "features.npy", "datasets/*manifest.json", "labels/*manifest.json", "event.npy",
            "model.ubj", "report.json",
        ] {
            let parts = kind.split(separator: "*").map(String.init)
            let path = try #require(
                files.first { path in path.hasSuffix(parts.last ?? "") && (parts.count < 2 || path.hasPrefix(parts[0]))
                },
                "no \(kind) among \(files)")
            let bytes = try stage.flipByte(of: path)
            let damaged = try audit(stage)
            #expect(
                damaged.contains { $0.code == .damagedFile && $0.message.contains(path) }, "\(kind): \(damaged)")
            try stage.put(bytes, to: path)

            try FileManager.default.removeItem(atPath: stage.folder.file("millrace/cards/\(path)"))
            let removed = try audit(stage)
            #expect(
                removed.contains { $0.code == .missingFile && $0.message.contains(path) }, "\(kind): \(removed)")
            try stage.put(bytes, to: path)
        }
        #expect(try audit(stage) == [])
    }

    @Test func aByteChangedInTheRegistryIsFound() throws {
        let stage = try stage()
        let path = "registry/cards/versions/1"
        try FileManager.default.createDirectory(
            atPath: stage.folder.file(path), withIntermediateDirectories: true)
        try stage.folder.write("model", to: "\(path)/model.ubj")
        try stage.folder.write("\(Checksum(of: "model"))  model.ubj\n", to: "\(path)/SHA256SUMS")
        #expect(try audit(stage) == [])
        try stage.folder.write("modem", to: "\(path)/model.ubj")
        let faults = try audit(stage)
        #expect(faults.map(\.code) == [.damagedFile])
        #expect(faults[0].place == "version 1 in the registry")
        #expect(faults[0].message.contains("model.ubj"))
    }

    /// A slice that holds other offsets than its ledger says, with every checksum right.
    @Test(
        arguments: [
            ([10..<15, 17..<19], AuditReport.Fault.Code.gap, "offset 19 is a row by its ledger"),
            ([10..<15, 16..<20], .overlap, "a row of offset 16, by its ledger no row of it"),
        ] as [([Range<Int64>], AuditReport.Fault.Code, String)])
    func rowsOfOtherOffsetsThanTheLedgerSays(
        offsets: [Range<Int64>], code: AuditReport.Fault.Code, message: String
    ) throws {
        let stage = try StagedPipeline(partitions: 1)
        try stage.say(try stage.seal("transactions", 0, 0), to: .slices)
        try stage.say(try stage.seal("transactions", 0, 1, offsets: offsets), to: .slices)
        for offset in [Int64(6), 16] { try stage.deadLetter("transactions", 0, offset) }
        let faults = try audit(stage)
        #expect(faults.first?.code == code)
        #expect(faults.first?.place == "transactions/0")
        #expect(faults.first?.message.contains(message) == true, "\(faults)")
    }

    /// No writer of ours makes such a slice.
    @Test func aRangeThatStandsTwiceInASliceIsFound() {
        var rows = SliceAudit()
        let window = StagedPipeline.day(0)
        rows.add(
            Ledger(
                topic: "t", partition: 0, sequence: 0, firstOffset: 10,
                runs: [.init(outcome: .row, window: window, count: 5)]))
        let fault = rows.check(window, offsets: [10..<15, 12..<13])
        #expect(fault?.code == .overlap)
        #expect(fault?.message.contains("offset 12 is in its slice twice") == true)
    }

    /// A ledger in which a range stands twice, its checksum and the message's made right.
    @Test func aRangeThatStandsTwiceInALedgerIsFound() throws {
        let stage = try StagedPipeline(partitions: 1)
        try stage.say(
            try stage.seal("transactions", 0, 0, offsets: [0..<5, 7..<10]) { _, ledger in
                ledger.runs.append(ledger.runs[3])
            }, to: .slices)
        try stage.deadLetter("transactions", 0, 6)
        let faults = try audit(stage)
        #expect(faults.contains { $0.message.contains("the message says next offset 10, its ledger 13") }, "\(faults)")
    }

    @Test(arguments: [
        (StagedPipeline.Message.seal, AuditReport.Fault.Code.gap, "offsets 10 to 19 are in no seal"),
        (.dataset, .unusedSlice, "slice transactions/0/1 is in no dataset of its window"),
        (.labels, .missingMessage, "no message says what labels came in it"),
        (.release, .missingMessage, "no release speaks of this one"),
        (.deadLetter, .lostDeadLetter, "offset 16 was set aside"),
    ])
    func aMessageThatIsMissing(
        omitted: StagedPipeline.Message, code: AuditReport.Fault.Code, message: String
    ) throws {
        let faults = try audit(try stage(leavingOut: omitted))
        #expect(faults.contains { $0.code == code && $0.message.contains(message) }, "\(omitted): \(faults)")
    }

    /// What retention keeps for the version in force must be there, however old; what it lets go of may be gone.
    @Test func whatTheChampionWasMadeOfIsMissedHoweverOldItIsAndWhatExpiredIsNot() throws {
        let stage = try stage()
        // A dataset two years later: all others are older than any retention.
        try stage.say(try stage.labels(800), to: .datasets, from: .transform)
        try stage.say(try stage.dataset(800, slices: []), to: .datasets, from: .transform)
        #expect(try audit(stage) == [])
        // The model's plan trains on day 0 and is judged on day 2. Of day 1, between them, too: it is one span.
        let files = try stage.files()
        for path in files where path.hasSuffix(".slice") {
            try FileManager.default.removeItem(atPath: stage.folder.file("millrace/cards/\(path)"))
        }
        #expect(try audit(stage) == [])
        let features = "datasets/\(StagedPipeline.day(0).fileName)/features.npy"
        try FileManager.default.removeItem(atPath: stage.folder.file("millrace/cards/\(features)"))
        let faults = try audit(stage)
        #expect(faults.map(\.code) == [.missingFile], "\(faults)")
        #expect(faults.first?.message.contains(features) == true)
    }
}
