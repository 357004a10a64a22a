import Foundation
import Kafka
import TestSupport
import Testing

/// `millrace lag` beside `kafka-consumer-groups.sh`, on the same real broker at rest.
@Suite(.enabled(if: KafkaServer.isAvailable, KafkaServer.skipReason), .timeLimit(.minutes(4)))
struct LagTests {
    private struct Row: Hashable, Comparable, CustomStringConvertible {
        var group: String
        var topic: String
        var partition: Int
        var committed: Int64?
        var end: Int64
        var lag: Int64?
        var member: String

        static func < (a: Row, b: Row) -> Bool { (a.group, a.topic, a.partition) < (b.group, b.topic, b.partition) }
        var description: String { "\(group) \(topic)/\(partition) \(committed ?? -1) \(end) \(lag ?? -1) \(member)" }
    }

    private func settings() throws -> ClientSettings {
        var settings = ClientSettings(brokers: try KafkaServer.shared().brokers, clientID: "stage")
        settings.sessionTimeout = .seconds(10)
        settings.heartbeatInterval = .milliseconds(500)
        return settings
    }

    /// What the script of the distribution says.
    private func script() throws -> [Row] {
        let home = URL(filePath: ProcessInfo.processInfo.environment["KAFKA_HOME"]!)
        let process = Process()
        process.executableURL = home.appending(path: "bin/kafka-consumer-groups.sh")
        process.arguments = ["--bootstrap-server", try KafkaServer.shared().brokers, "--describe", "--all-groups"]
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = FileHandle.nullDevice
        try process.run()
        let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return text.split(separator: "\n").compactMap { line in
            let cells = line.split(separator: " ").map(String.init)
            guard cells.count >= 9, let partition = Int(cells[2]), let end = Int64(cells[4]) else { return nil }
            return Row(
                group: cells[0], topic: cells[1], partition: partition, committed: Int64(cells[3]), end: end,
                lag: Int64(cells[5]), member: cells[6])
        }
    }

    private func ours(_ arguments: String...) throws -> (rows: [Row], groups: [[String: Any]]) {
        let folder = try TemporaryFolder()
        let run = try ProgramRun.run(
            ["lag", "--all-groups", "--brokers", try KafkaServer.shared().brokers, "--json"] + arguments, in: folder.url
        )
        #expect(run.code == 0, "\(run.error)")
        let groups = try #require(try JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [[String: Any]])
        let rows = groups.flatMap { group in
            (group["partitions"] as? [[String: Any]] ?? []).map { partition in
                Row(
                    group: group["group"] as? String ?? "", topic: partition["topic"] as? String ?? "",
                    partition: partition["partition"] as? Int ?? -1,
                    committed: (partition["committed"] as? Int).map(Int64.init),
                    end: Int64(partition["end"] as? Int ?? -1),
                    lag: (partition["lag"] as? Int).map(Int64.init),
                    member: (partition["owner"] as? [String: Any])?["consumerID"] as? String ?? "-")
            }
        }
        return (rows, groups)
    }

    private func topic(_ name: String, partitions: Int = 1, records: Int, transactional: Bool = false) throws {
        let settings = try settings()
        let admin = try Admin(settings: settings)
        defer { admin.close() }
        try admin.createTopics([NewTopic(name, partitions: partitions)])
        if transactional {
            let producer = try TransactionalProducer(transactionalID: "lag-\(name)", settings: settings)
            defer { producer.close() }
            try producer.initialise()
            try producer.transaction { producer in
                for _ in 0..<records { try producer.send(to: name, partition: 0, value: [1]) }
            }
            return
        }
        let producer = try Producer(settings: settings)
        defer { producer.close() }
        for partition in 0..<Int32(partitions) {
            for _ in 0..<records { try producer.send(to: name, partition: partition, value: [1]) }
        }
        try producer.flush()
    }

    /// A group that commits and has gone.
    private func commit(_ group: String, _ offsets: [TopicPartition: Int64]) throws {
        let consumer = try Consumer(group: group, settings: settings())
        defer { consumer.close() }
        try consumer.commit(offsets.map { CommittedOffset($0.key, offset: $0.value) })
    }

    /// A group with a member that holds the topic.
    private func join(_ group: String, _ topic: String, committing offset: Int64?) throws -> Consumer {
        let consumer = try Consumer(group: group, settings: settings())
        try consumer.subscribe(to: [topic], handler: nil)
        let batch = MessageBatch(capacity: 10)
        let end = ContinuousClock.now + .seconds(20)
        while consumer.assignment.isEmpty, ContinuousClock.now < end {
            try consumer.poll(into: batch, maximum: 1, timeout: .milliseconds(100))
        }
        batch.release()
        try #require(!consumer.assignment.isEmpty)
        if let offset { try consumer.commit([CommittedOffset(TopicPartition(topic, 0), offset: offset)]) }
        return consumer
    }

    @Test func offsetsAndLagAreThoseOfTheDistributionsOwnTool() throws {
        try topic("plain", records: 100)
        try topic("two", partitions: 2, records: 10)
        try topic("quiet", records: 0)
        try topic("atomic", records: 5, transactional: true)
        let plain = TopicPartition("plain", 0)
        try commit("rest-stopped", [plain: 40])
        try commit("rest-rewound", [plain: 90])
        try commit("rest-rewound", [plain: 20])
        try commit("rest-idle", [plain: 100])
        try commit("rest-half", [TopicPartition("two", 0): 10])
        try commit("rest-read-all", [TopicPartition("atomic", 0): 5])
        try commit("rest-read-part", [TopicPartition("atomic", 0): 2])
        let members = [
            try join("rest-healthy", "plain", committing: 100), try join("rest-slow", "plain", committing: 60),
            try join("rest-stuck", "plain", committing: 1), try join("rest-new", "two", committing: nil),
            try join("rest-on-quiet", "quiet", committing: nil),
        ]
        defer { for member in members { member.close() } }

        // Other tests have groups of their own, that move.
        let theirs = try script().filter { $0.group.hasPrefix("rest-") }
        let (all, groups) = try ours()
        let rows = all.filter { $0.group.hasPrefix("rest-") }
        #expect(theirs.count == 12, "\(theirs)")
        var expected: [Row] = []
        for var row in theirs {
            // Two differences, on purpose: a transaction's marker is nothing to read, and what was never committed has
            // everything to read.
            if row.group == "rest-read-all" {
                #expect(row.lag == 1)
                row.lag = 0
            }
            if row.group == "rest-read-part" { #expect(row.lag == 4) }
            if row.committed == nil { row.lag = row.end }
            expected.append(row)
        }
        #expect(rows.sorted() == expected.sorted())
        print(
            "lag beside kafka-consumer-groups.sh: \(Set(rows).intersection(theirs).count) of \(theirs.count) rows of "
                + "\(Set(theirs.map(\.group)).count) groups alike, \(Set(rows).intersection(expected).count) but for what "
                + "is meant to differ")
        func verdict(_ group: String) -> String? {
            (groups.first { $0["group"] as? String == group }?["verdict"] as? [String: Any])?["code"] as? String
        }
        #expect(verdict("rest-stopped") == "stopped")
        #expect(verdict("rest-healthy") == "ok")
        #expect(verdict("rest-idle") == "ok")
        #expect(verdict("rest-read-all") == "ok")
        #expect(verdict("rest-new") == "watching")

        let folder = try TemporaryFolder()
        func limited(_ arguments: String...) throws -> Int32 {
            try ProgramRun.run(
                ["lag", "--all-groups", "--brokers", try KafkaServer.shared().brokers] + arguments, in: folder.url
            ).code
        }
        #expect(try limited("--group", "rest-stopped", "--fail-above", "60") == 0)
        #expect(try limited("--group", "rest-stopped", "--fail-above", "59") == 6)
        #expect(try limited("--group", "rest-stopped", "--fail-on", "stopped") == 6)
        #expect(try limited("--group", "rest-idle", "--fail-on", "stopped,stalled,STOP") == 0)
        #expect(try limited("--fail-on", "broken") == 2)
        #expect(try limited("--group", "rest-stoped", "--fail-above", "60") == 1)
    }

    @Test func aMoveBetweenTwoLooksIsARateAndATrend() throws {
        try topic("moving", records: 1000)
        let member = try join("mover", "moving", committing: 100)
        defer { member.close() }
        let folder = try TemporaryFolder()
        let run = try StartedProgram(
            [
                "lag", "--all-groups", "--brokers", try KafkaServer.shared().brokers, "--group", "mover", "--json",
                "--over", "6s",
            ], in: folder.url)
        for offset in 2..<10 {
            Thread.sleep(forTimeInterval: 0.6)
            try member.commit([CommittedOffset(TopicPartition("moving", 0), offset: Int64(offset * 100))])
        }
        let result = try run.wait()
        let groups = try #require(try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [[String: Any]])
        let group = try #require(groups.first)
        #expect(group["trend"] as? String == "shrinking")
        #expect((group["catchUp"] as? [String: Any])?["kind"] as? String == "later")
        #expect((group["verdict"] as? [String: Any])?["code"] as? String == "catching-up")
        #expect(try #require(group["consumed"] as? Double) > 50)
    }

    /// The terminal is a real one, made by Python's `pty`.
    @Test(.enabled(if: Python.has("pty"), "needs python3"))
    func theLiveViewObeysKeysAndLeavesTheTerminalAsItWas() throws {
        try topic("seen", records: 10)
        try commit("seen-by-a", [TopicPartition("seen", 0): 4])
        let data = try Python.run(
            Self.terminal, arguments: [ProgramRun.program.path, try KafkaServer.shared().brokers])
        let output = String(decoding: data, as: UTF8.self)
        #expect(output.contains("restored after q"))
        #expect(output.contains("restored after interrupt"))
    }

    private static let terminal = """
        import os, pty, select, signal, subprocess, sys, termios, time

        program, brokers = sys.argv[1:]
        master, slave = pty.openpty()
        before = termios.tcgetattr(slave)
        seen = ""

        def start():
            return subprocess.Popen(
                [program, "lag", "--watch", "--all-groups", "--group", "seen-by-a", "--brokers", brokers, "--interval", "500ms"],
                stdin=slave, stdout=slave, stderr=slave, env=dict(os.environ, TERM="xterm"), start_new_session=True)

        def expect(text, within=60):
            global seen
            end = time.time() + within
            while text not in seen:
                assert time.time() < end, f"expected {text!r} on the terminal, found {seen!r}"
                if select.select([master], [], [], 0.1)[0]:
                    seen += os.read(master, 65536).decode(errors="replace")
            seen = seen[seen.index(text) + len(text):]

        process = start()
        expect("seen-by-a")
        assert termios.tcgetattr(slave)[3] & termios.ICANON == 0
        os.write(master, b"s")
        expect("sorted by lag")
        os.write(master, b"\\x1b[B\\r")
        expect("CURRENT-OFFSET")
        os.write(master, b"q")
        assert process.wait(60) == 0
        expect("\\x1b[?1049l")
        assert termios.tcgetattr(slave) == before
        print("restored after q")
        process = start()
        expect("sorted by")
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0
        assert termios.tcgetattr(slave) == before
        print("restored after interrupt")
        """
}
