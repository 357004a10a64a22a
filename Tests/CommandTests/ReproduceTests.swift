import Foundation
import Kafka
import Millrace
import MillraceWorker
import Testing

/// A version that a worker made, made again by the command: from the records of its topics, and from its datasets.
@Suite(.serialized, .timeLimit(.minutes(4))) struct ReproduceTests {
    /// A pipeline with versions, whose worker has stopped.
    private struct Made {
        var folder: TemporaryFolder
        var broker: EmbeddedBroker

        func reproduce(_ arguments: String...) throws -> ProgramRun {
            try ProgramRun.run(["reproduce", "1"] + arguments, in: folder.url)
        }

        func report(_ run: ProgramRun) throws -> ReproductionReport {
            try JSONDecoder().decode(ReproductionReport.self, from: Data(run.output.utf8))
        }
    }

    private func made() throws -> Made {
        var topics = ["transactions": 2, "labels": 1]
        for arrow in Arrow.allCases { topics[arrow.topic(of: "cards")] = 1 }
        let made = Made(folder: try TemporaryFolder(), broker: try EmbeddedBroker(topics: topics))
        let folder = made.folder
        try #require(
            try ProgramRun.run(["init", "--name", "cards", "--brokers", made.broker.brokers], in: folder.url).code == 0)
        var text = try folder.read("pipeline.yaml")
        for (old, new) in [
            ("}\" }", "}\", transactions: never }"), ("maturity: 7d", "maturity: 2d\n  horizon: 10d"),
            ("lateness: 1h }", "lateness: 1h, idle: 1s }"), ("[1d, 7d, 30d]", "[1d, 4d]"), ("mean_7d", "mean_4d"),
            ("delay: 7d", "delay: 2d"), ("span: 30d", "span: 6d"), ("holdout: 7d", "holdout: 3d"),
            ("positives: 200", "positives: 3"), ("rounds: 100", "rounds: 10"),
            // What no feature reads and no event has.
            ("amount: decimal(2)", "amount: decimal(2)\n    channel: { type: text, optional: true }"),
        ] {
            try #require(text.contains(old), "\(old) in \(text)")
            text = text.replacing(old, with: new)
        }
        try folder.write(text, to: "pipeline.yaml")
        let simulated = try ProgramRun.run(
            [
                "simulate", "--days", "26", "--customers", "60", "--terminals", "40", "--fraud-rate", "30", "--seed",
                "5", "--stop-with-events",
            ], in: folder.url)
        try #require(simulated.code == 0, "\(simulated.error)")
        let worker = try StartedProgram(["run"], in: folder.url)
        let end = ContinuousClock.now + .seconds(90)
        while try !ProgramRun.run(["models", "--json"], in: folder.url).output.contains("\"version\"") {
            try #require(worker.isRunning && ContinuousClock.now < end, "no version: \(worker.errorText.suffix(3000))")
            Thread.sleep(forTimeInterval: 0.3)
        }
        worker.signal(SIGTERM)
        try #require(try worker.wait(within: .seconds(30)).code == 0)
        return made
    }

    @Test func aVersionComesOutAgainFromItsRecordsAndWhatDiffersOrIsGoneIsNamed() throws {
        let made = try made()
        let folder = made.folder

        // Of the old folder nothing but ledgers is needed.
        let state = folder.file("millrace/cards")
        for name in ["datasets", "labels", "state", "runs"] {
            try FileManager.default.moveItem(atPath: "\(state)/\(name)", toPath: "\(state)/\(name).aside")
        }
        let paths = try FileManager.default.subpathsOfDirectory(atPath: "\(state)/slices")
        for path in paths where path.hasSuffix(".slice") {
            try FileManager.default.removeItem(atPath: "\(state)/slices/\(path)")
        }
        let again = try made.reproduce("--json", "--into", "again")
        #expect(again.code == 0, "\(again.output)\(again.error)")
        let report = try made.report(again)
        #expect(report.isSame && report.source == .log && report.version == 1)
        #expect(report.model?.isSame == true && (report.model?.rows ?? 0) > 100)
        let rebuilt = try #require(report.rebuilt)
        // 6 days of training, 2 between, 3 of holdout.
        #expect(rebuilt.datasets == 11)
        #expect(rebuilt.earlierWindows >= 4)
        #expect(rebuilt.labelWindows >= 13)
        #expect(rebuilt.slices > 2 * (11 + 4) && rebuilt.rows > report.model?.rows ?? 0)
        let slices = try FileManager.default.subpathsOfDirectory(atPath: folder.file("again")).filter {
            $0.hasSuffix(".slice")
        }
        #expect(slices.count == rebuilt.slices)
        #expect(slices.allSatisfy { paths.contains(String($0.dropFirst("slices/".count))) })

        let occupied = try made.reproduce("--into", "again")
        #expect(occupied.code == 1)
        #expect(occupied.error.contains("empty folder"))

        // What is on disk is not what it trained on any more.
        let fromDisk = try made.reproduce("--from-datasets")
        #expect(fromDisk.code == 1)
        for name in ["datasets", "labels", "state", "runs"] {
            try FileManager.default.moveItem(atPath: "\(state)/\(name).aside", toPath: "\(state)/\(name)")
        }
        let quick = try made.reproduce("--from-datasets")
        #expect(quick.code == 0, "\(quick.error)")
        #expect(quick.output.contains("The same model, byte for byte"))

        // Another schema makes other files: they are named, and the model, which reads nothing of it, is the same.
        let text = try folder.read("pipeline.yaml")
        try folder.write(
            text.replacing("    channel: { type: text, optional: true }\n", with: ""), to: "pipeline.yaml")
        let other = try made.reproduce("--json")
        #expect(other.code == 1)
        let differing = try made.report(other)
        #expect(!differing.isSame && differing.model?.isSame == true)
        let kinds = Dictionary(grouping: differing.differences, by: \.kind)
        // Every slice of events, of which each partition has one a window; each dataset's manifest and column.
        #expect(Set(kinds.keys) == [.slice, .dataset])
        #expect(kinds[.slice]?.allSatisfy { $0.path.contains("/transactions/") && $0.expected != $0.found } == true)
        #expect(kinds[.dataset]?.filter { $0.path.hasSuffix("/column-channel.npy") && $0.found == nil }.count == 11)
        let told = try made.reproduce()
        #expect(told.error.contains("slice slices/transactions/0/"))
        #expect(told.output.contains("The model itself is the same"))
        try folder.write(
            text.replacing(
                "rolling: count, key: customer, over: [1d", with: "rolling: count, key: customer, over: [2d"),
            to: "pipeline.yaml")
        let features = try made.reproduce()
        #expect(features.code == 1)
        #expect(features.error.contains("feature set"))
        try folder.write(text, to: "pipeline.yaml")

        // The broker keeps five megabytes a partition: the oldest records go, as by retention.
        let producer = try Producer(settings: made.broker.cluster.settings(clientID: "test"))
        defer { producer.close() }
        // Of what cannot be made smaller.
        var random = SystemRandomNumberGenerator()
        for _ in 0..<60 {
            let value = (0..<12_500).flatMap { _ in withUnsafeBytes(of: random.next()) { Array($0) } }
            try producer.send(to: "transactions", partition: 1, key: nil, value: value)
        }
        try producer.flush()
        let admin = try Admin(settings: made.broker.cluster.settings(clientID: "test"))
        defer { admin.close() }
        let partition = TopicPartition("transactions", 1)
        #expect(try #require(try admin.watermarks([partition])[partition]).low > 0)
        let gone = try made.reproduce("--json")
        #expect(gone.code == 1)
        let lost = try made.report(gone)
        #expect(lost.model == nil && lost.differences.isEmpty && !lost.isSame)
        #expect(lost.missing.map(\.topic) == ["transactions"])
        #expect(lost.missing.map(\.partition) == [1])
        let missing = try #require(lost.missing.first)
        #expect(missing.rows > 0 && missing.firstOffset <= missing.lastOffset)
        let words = try made.reproduce()
        #expect(words.error.contains("transactions/1: "))
        #expect(words.error.contains("between offsets \(missing.firstOffset) and \(missing.lastOffset)"))
        #expect(words.error.contains("--from-datasets"))
    }

    @Test func whatIsDamagedOfDatasetsLabelsAndSlicesIsMadeAgainWhenARunNeedsIt() throws {
        let made = try made()
        let state = made.folder.file("millrace/cards")
        let files = FileManager.default
        let paths = try files.subpathsOfDirectory(atPath: state).sorted()
        func flip(_ paths: [String]) throws {
            #expect(!paths.isEmpty)
            for path in paths {
                let url = URL(filePath: "\(state)/\(path)")
                var bytes = Array(try Data(contentsOf: url))
                bytes[bytes.count / 2] ^= 1
                try Data(bytes).write(to: url)
            }
        }
        let features = paths.filter { $0.hasSuffix("/features.npy") }
        try flip(features.enumerated().filter { $0.offset % 2 == 0 }.map(\.element))
        try flip(paths.filter { $0.hasPrefix("labels/") && $0.hasSuffix("/event.npy") }.suffix(12))
        let gone = try #require(features.dropLast(6).last)
        try files.removeItem(atPath: "\(state)/\(String(gone.dropLast("/features.npy".count)))")
        try flip(paths.filter { $0.hasSuffix(".slice") && $0.contains("/transactions/1/") }.suffix(9))

        let worker = try StartedProgram(["run"], in: made.folder.url)
        let again = try ProgramRun.run(
            ["retrain", "--reason", "again", "--follow", "--timeout", "50s"], in: made.folder.url)
        #expect([0, 1].contains(again.code), "\(again.output)\(again.error)\(worker.errorText.suffix(4000))")
        worker.signal(SIGTERM)
        #expect(try worker.wait(within: .seconds(30)).code == 0)
        #expect(worker.errorText.contains("datasets or labels are damaged or gone"))
        let aside = try files.subpathsOfDirectory(atPath: state)
        #expect(aside.contains { $0.hasPrefix("datasets/") && $0.hasSuffix(".damaged") })
        #expect(aside.contains { $0.hasPrefix("labels/") && $0.hasSuffix(".damaged") })
        #expect(!aside.contains { $0.hasPrefix(".restore-") })
        // What the new version was made of is what was announced, byte for byte.
        let proof = try ProgramRun.run(["reproduce", "2", "--from-datasets"], in: made.folder.url)
        #expect(proof.code == 0, "\(proof.output)\(proof.error)\(worker.errorText.suffix(4000))")
    }
}
