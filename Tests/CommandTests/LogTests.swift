import Foundation
import Kafka
import Millrace
import Synchronization
import Testing

@testable import MillraceWorker

/// The log of a worker that runs as its users run it.
@Suite struct LogTests {
    /// Stands in every payload that is sent, good or bad, and in no other place.
    private static let payload = "cccPAYLOADccc"
    private static let secret = "sssSECRET\"sss-0123456789abcdef"

    private static func event(_ number: Int, day: Int, amount: String = "12.50") -> [UInt8] {
        Array(
            """
            {"tx_id":\(number),"datetime":"2018-04-0\(day)T00:00:0\(number % 10)Z","customer":"\(payload)\(number)",\
            "terminal":"\(payload)","amount":\(amount)}
            """.utf8)
    }

    private static func stage() throws -> StagedPipeline {
        let stage = try StagedPipeline(partitions: 1)
        try stage.folder.write(secret + "\n", to: "secret")
        let file = stage.folder.file("secret")
        let text = try stage.folder.read("pipeline.yaml")
            .replacing(
                "\" }\n# Of calendar",
                with: "\", transactions: never, client: { sasl.password: \"${file:\(file)}\" } }\n"
                    + "log: { level: info, format: json }\n# Of calendar"
            )
            .replacing("customer: id", with: "customer: { type: id, personal: true }")
            .replacing("  columns:", with: "  personal_key: \"${file:\(file)}\"\n  columns:")
            .replacing("lateness: 1h }", with: "lateness: 1h, idle: 1s }")
            .replacing(
                "minimum: 0, action: drop }",
                with:
                    "minimum: 0, action: drop }\n  - { name: coins, range: amount, maximum: 1000, action: quarantine }"
            )
        try #require(text.contains("sasl.password") && text.contains("coins") && text.contains("personal_key"))
        try stage.folder.write(text, to: "pipeline.yaml")
        return stage
    }

    private static func send(_ payloads: [[UInt8]], to stage: StagedPipeline) throws {
        for payload in payloads { try stage.send(.init(topic: "transactions", partition: 0, key: nil, value: payload)) }
    }

    /// The lines so far, of which the last may be cut; each whole one has to be a JSON object.
    private static func lines(_ worker: StartedProgram) throws -> [[String: Any]] {
        let text = worker.errorText
        guard let end = text.lastIndex(of: "\n") else { return [] }
        return try text[..<end].split(separator: "\n").map { line in
            let object = try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
            return try #require(object, "no JSON object: \(line)")
        }
    }

    private static func wait(
        _ worker: StartedProgram, for message: String, count: Int = 1,
        where isMeant: ([String: Any]) -> Bool = { _ in true }
    ) throws -> [[String: Any]] {
        let end = ContinuousClock.now + .seconds(60)
        while true {
            let found = try lines(worker).filter { $0["message"] as? String == message && isMeant($0) }
            if found.count >= count { return found }
            try #require(worker.isRunning && ContinuousClock.now < end, "no '\(message)': \(worker.errorText)")
            Thread.sleep(forTimeInterval: 0.1)
        }
    }

    private static func setLevel(_ level: String, _ stage: StagedPipeline, _ worker: StartedProgram) throws {
        let text = try stage.folder.read("pipeline.yaml")
        try stage.folder.write(
            text.replacing(/log: { level: [a-z!]+/, with: "log: { level: \(level)"), to: "pipeline.yaml")
        worker.signal(SIGHUP)
    }

    @Test func theLevelIsChangedWhileItRunsAndNoLineHasAPayloadOrASecret() throws {
        let stage = try Self.stage()
        let worker = try StartedProgram(["run", "--brokers", stage.broker.brokers], in: stage.folder.url)
        try Self.send((1...4).map { Self.event($0, day: $0) } + [Array("{\(Self.payload)".utf8)], to: stage)
        let ready = try Self.wait(worker, for: "dataset ready", count: 2)
        #expect(ready.first?["window"] as? String == "2018-04-01T00:00:00Z")
        #expect(ready.first?["rows"] as? Int == 1)
        #expect(try Self.lines(worker).allSatisfy { $0["level"] as? String != "debug" })

        try Self.setLevel("debug", stage, worker)
        #expect(try Self.wait(worker, for: "read the pipeline file again").first?["log.level"] as? String == "debug")
        try Self.send([Self.event(5, day: 5, amount: "31337.42"), Self.event(6, day: 8)], to: stage)
        _ = try Self.wait(worker, for: "slice sealed") { $0["window"] as? String == "2018-04-04T00:00:00Z" }
        let quarantine = try Self.wait(
            worker, for: "window in quarantine: later ones wait for 'millrace quarantine release' or 'skip'")
        #expect(quarantine.first?["window"] as? String == "2018-04-05T00:00:00Z")
        #expect(quarantine.first?["rules"] as? String == "coins")
        let retrain = try MessageCodec.encode(
            RetrainRequested(reason: "try", requester: "ada"),
            envelope: Envelope(id: "r-1", type: RetrainRequested.type, source: "/ada"), pipeline: stage.name,
            to: .retrain)
        try stage.send(retrain)
        var broken = retrain
        broken.value = Array("{\"reason\":[\"\(Self.payload)\"]}".utf8)
        try stage.send(broken)
        #expect(try Self.wait(worker, for: "run refused").first?["request"] as? String == "r-1")
        _ = try Self.wait(worker, for: "put a message among the dead letters")

        try Self.setLevel("lo!ud", stage, worker)
        _ = try Self.wait(worker, for: "the pipeline file has mistakes: nothing of it was taken over")
        try Self.setLevel("error", stage, worker)
        _ = try Self.wait(worker, for: "read the pipeline file again", count: 2)
        worker.signal(SIGTERM)
        let ended = try worker.wait(within: .seconds(20))
        #expect(ended.code == 0)

        let log = ended.error + ended.output
        #expect(log.split(separator: "\n").count > 30)
        #expect(!log.contains("PAYLOAD"))
        #expect(!log.contains("SECRET"))
        #expect(!log.contains("31337"))
        #expect(!log.contains("Optional("))
    }

    @Test func aSecretThatALibraryQuotesIsHidden() {
        let written = Lines()
        for format in Log.Format.allCases {
            let log = Log(level: .debug, format: format) { written.add($0) }
            log.hide([String(Self.secret.prefix(5)), Self.secret, "a", ""])
            log.warning("kafka", "the client library says", ["detail": "password \(Self.secret) is wrong\n2018 a"])
        }
        #expect(written.all.count == 2)
        #expect(
            written.all.allSatisfy {
                $0.contains("•••") && !$0.contains("SECRET") && !$0.contains("0123456789abcdef") && $0.contains(" a")
            })
        // One line an event, whatever is in it.
        #expect(written.all.allSatisfy { $0.filter { $0 == "\n" }.count == 1 })
    }
}

/// Collects what a log writes.
private final class Lines: Sendable {
    private let lines = Mutex<[String]>([])
    func add(_ line: String) { lines.withLock { $0.append(line) } }
    var all: [String] { lines.withLock { $0 } }
}
