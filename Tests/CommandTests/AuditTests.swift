import Foundation
import Millrace
import MillraceWorker
import Testing

@Suite struct AuditTests {
    @Test func whatIsCompleteIsClean() throws {
        let stage = try StagedPipeline()
        try stage.stageThreeDays()
        let run = try stage.command("audit")
        #expect(run.code == 0, "\(run.error)")
        #expect(run.output.contains("Clean"))
        let json = try stage.command("audit", "--json")
        let report = try #require(
            try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any])
        let partitions = try #require(report["partitions"] as? [[String: Any]])
        #expect(partitions.map { $0["rows"] as? Int } == [24, 24])
        #expect(partitions.map { $0["committed"] as? Int } == [33, 30])
        #expect(report["filesChecked"] as? Int == 6 + 6 + 2 * 3)
    }

    @Test func aGapIsNamed() throws {
        let stage = try StagedPipeline()
        try stage.say(try stage.seal("transactions", 0, 0), to: .slices)
        try stage.say(
            try stage.seal("transactions", 0, 1) { seal, ledger in
                seal.firstOffset = 12
                ledger.firstOffset = 12
                ledger.runs[0].count = 3
                seal.slices[0].rows = 6
            }, to: .slices)
        for offset in [Int64(6), 16] { try stage.deadLetter("transactions", 0, offset) }
        let run = try stage.command("audit")
        #expect(run.code == 1)
        #expect(run.error.contains("gap: transactions/0: offsets 10 to 11 are in no seal"))
    }

    @Test func anOverlapIsNamed() throws {
        let stage = try StagedPipeline()
        try stage.say(try stage.seal("transactions", 0, 0), to: .slices)
        try stage.say(
            try stage.seal("transactions", 0, 1) { seal, ledger in
                seal.firstOffset = 9
                ledger.firstOffset = 9
                ledger.runs[0].count = 6
                seal.slices[0].rows = 9
            }, to: .slices)
        for offset in [Int64(6), 16] { try stage.deadLetter("transactions", 0, offset) }
        let run = try stage.command("audit")
        #expect(run.code == 1)
        #expect(run.error.contains("overlap: transactions/0: offsets 9 to 9 are in two seals"))
    }

    @Test func aDamagedAMissingAndAWrongFileAreNamed() throws {
        let stage = try StagedPipeline()
        try stage.stageThreeDays()
        let slices = "millrace/cards/slices/transactions"
        let names = try FileManager.default.contentsOfDirectory(atPath: stage.folder.file("\(slices)/0"))
        try stage.flipByte(of: "slices/transactions/0/\(try #require(names.first { $0.hasSuffix(".slice") }))")
        try FileManager.default.removeItem(atPath: stage.folder.file("\(slices)/1/1.ledger"))
        let run = try stage.command("audit")
        #expect(run.code == 1)
        #expect(run.error.contains("damaged-file: transactions/0"))
        #expect(run.error.contains("missing-file: transactions/1 seal 1"))
        // By size alone the damage does not show.
        #expect(!(try stage.command("audit", "--quick").error.contains("damaged-file")))
    }

    @Test func aSliceInNoDatasetAndOneInTwoAreNamed() throws {
        let stage = try StagedPipeline()
        for day in 0..<3 { try stage.say(try stage.seal("transactions", 0, day), to: .slices) }
        for day in 0..<3 { try stage.deadLetter("transactions", 0, Int64(day * 10 + 6)) }
        try stage.say(try stage.dataset(0, slices: ["transactions/0/0"]), to: .datasets)
        try stage.say(try stage.dataset(1, slices: ["transactions/0/0"]), to: .datasets)
        try stage.say(try stage.dataset(2, slices: ["transactions/0/2", "transactions/0/7"]), to: .datasets)
        let run = try stage.command("audit")
        #expect(run.code == 1)
        #expect(run.error.contains("unused-slice: \(StagedPipeline.day(1)): slice transactions/0/1"))
        #expect(run.error.contains("repeated-slice: \(StagedPipeline.day(1))"))
        #expect(run.error.contains("unknown-slice"))
    }

    @Test func aDeadOffsetWithoutItsLetterIsNamed() throws {
        let stage = try StagedPipeline()
        try stage.say(try stage.seal("transactions", 0, 0), to: .slices)
        let run = try stage.command("audit")
        #expect(run.code == 1)
        #expect(run.error.contains("lost-dead-letter: transactions/0: offset 6"))
    }

    @Test func rowsThatALedgerCountsAndNoSliceHoldsAreNamed() throws {
        let stage = try StagedPipeline()
        try stage.deadLetter("transactions", 0, 6)
        try stage.say(
            try stage.seal("transactions", 0, 0) { seal, _ in seal.slices[0].rows = 7 }, to: .slices)
        let run = try stage.command("audit")
        #expect(run.code == 1)
        #expect(run.error.contains("the ledgers say 8 rows, its slice holds 7"))
    }

    /// Whatever is taken away from, or added to, a complete chain of seals is noticed.
    @Test func everyMutationOfACompleteChainIsNoticed() {
        var generator = SystemRandomNumberGenerator()
        let window = StagedPipeline.day(0)
        for _ in 0..<500 {
            let count = Int.random(in: 2...8, using: &generator)
            var chain: [(SliceSealed, Ledger)] = []
            var offset: Int64 = 0
            for sequence in 0..<count {
                let rows = Int.random(in: 1...20, using: &generator)
                let day = Window(
                    start: window.start + .seconds(86_400 * sequence), end: window.end + .seconds(86_400 * sequence))
                let file = FileReference(path: "", bytes: 0, sha256: "")
                let seal = SliceSealed(
                    kind: .events, topic: "t", partition: 0, partitionCount: 1, sequence: sequence,
                    sealedThrough: day.end, watermark: nil, slices: [.init(window: day, rows: rows, file: file)],
                    firstOffset: offset, nextOffset: offset + Int64(rows) + 1, late: 1, duplicates: 0, dead: 0,
                    moved: 0, idle: nil,
                    replay: .init(rewindOffset: 0, snapshotOffset: 0, watermark: nil, sealedThrough: nil), ledger: file)
                let ledger = Ledger(
                    topic: "t", partition: 0, sequence: sequence, firstOffset: offset,
                    runs: [.init(outcome: .row, window: day, count: rows), .init(outcome: .late, count: 1)])
                chain.append((seal, ledger))
                offset = seal.nextOffset
            }
            func faults(_ chain: [(SliceSealed, Ledger)]) -> Int {
                var audit = PartitionAudit("t/0")
                for (seal, ledger) in chain { audit.add(seal, ledger: ledger) }
                audit.finish(committed: nil, deadLetters: [])
                return audit.faults.count
            }
            #expect(faults(chain) == 0)
            let index = Int.random(in: 0..<count, using: &generator)
            var mutated = chain
            switch Int.random(in: 0..<6, using: &generator) {
            case 0 where index < count - 1: mutated.remove(at: index)
            case 1: mutated.insert(chain[index], at: index)
            case 2: mutated[index].0.firstOffset += 1
            case 3: mutated[index].1.runs[0].count += 1
            case 4: mutated[index].0.late += 1
            default: mutated[index].0.slices[0].rows += 1
            }
            #expect(faults(mutated) > 0)
        }
    }
}
