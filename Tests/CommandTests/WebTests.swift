import Foundation
import Millrace
import MillraceWorker
import TestSupport
import Testing

/// What `millrace run` serves over HTTP, asked from outside.
@Suite(.serialized) struct WebTests {
    private let read = "read-token-0123456789"
    private let write = "write-token-0123456789"

    private func pipeline(_ http: String) throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        #expect(try ProgramRun.run(["init", "--name", "cards", "--brokers", "embedded"], in: folder.url).code == 0)
        try folder.write(try folder.read("pipeline.yaml") + "\n" + http + "\n", to: "pipeline.yaml")
        return folder
    }

    private func eventually(_ what: String, _ worker: StartedProgram, _ isTrue: () throws -> Bool?) throws {
        let end = ContinuousClock.now + .seconds(120)
        while try isTrue() != true {
            try #require(worker.isRunning, "the worker ended: \(worker.errorText)")
            try #require(ContinuousClock.now < end, "\(what): not in time. \(worker.errorText)")
            Thread.sleep(forTimeInterval: 0.2)
        }
    }

    private func port(of worker: StartedProgram) throws -> Int {
        var port: Int?
        try eventually("the port", worker) {
            port = worker.errorText.firstMatch(of: /https?:\/\/[^ ]*:([0-9]+)\n/).flatMap { Int($0.1) }
            return port != nil
        }
        return try #require(port)
    }

    private func ask(_ port: Int, _ line: String, token: String? = nil, body: String = "") throws -> (Int, String) {
        let connection = try RawConnection(port: port, receiveTimeout: .seconds(60))
        var text = "\(line) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
        if let token { text += "Authorization: Bearer \(token)\r\n" }
        if !body.isEmpty { text += "Content-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n" }
        connection.send(text + "\r\n" + body)
        let answer = connection.receiveAll()
        return (Int(answer.dropFirst(9).prefix(3)) ?? 0, answer)
    }

    @Test func aWorkerShowsItselfAndDoesWhatItIsAsked() throws {
        let folder = try pipeline("http: { listen: 127.0.0.1:0, tokens: { read: \"${READ}\", write: \"${WRITE}\" } }")
        let worker = try StartedProgram(["run"], in: folder.url, environment: ["READ": read, "WRITE": write])
        let port = try port(of: worker)
        try eventually("readiness", worker) { try? ask(port, "GET /readyz").0 == 200 }
        #expect(try ask(port, "GET /metrics").0 == 401)
        let metrics = try ask(port, "GET /metrics", token: read)
        #expect(metrics.0 == 200)
        #expect(metrics.1.contains("kafka_consumergroup_lag{") && metrics.1.contains("millrace_role_condition{"))
        #expect(try ask(port, "GET /", token: read).1.contains("</html>"))

        let hold = #"{"reason":"a freeze"}"#
        #expect(try ask(port, "POST /api/v1/hold", token: read, body: hold).0 == 403)
        #expect(try ask(port, "POST /api/v1/hold", token: write, body: hold).0 == 202)
        try eventually("the hold", worker) {
            try ask(port, "GET /api/v1/pipeline", token: read).1.contains(#""hold":"a freeze""#)
        }
        // An open stream does not keep it from stopping.
        let stream = try RawConnection(port: port)
        stream.send("GET /events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer \(read)\r\n\r\n")
        #expect(stream.receive(until: "event: part").contains("text/event-stream"))
        worker.signal(SIGTERM)
        let ended = try worker.wait(within: .seconds(60))
        #expect(ended.code == 0, "\(ended.error)")
        #expect(!ended.error.contains(read) && !ended.error.contains(write))
    }

    @Test func deadLettersAreShownAndTheirBytesToThoseWhoMaySeeThem() throws {
        let stage = try StagedPipeline()
        for offset in [Int64(3), 4, 4, 5] {
            try stage.deadLetter("transactions", 1, offset, value: "a\u{1B}[2J<b>\(offset)")
        }
        let http = "http: { listen: 127.0.0.1:0, tokens: { payloads: \"${TOKEN}\" } }"
        try stage.folder.write(try stage.folder.read("pipeline.yaml") + "\n\(http)\n", to: "pipeline.yaml")
        let worker = try StartedProgram(
            ["run", "--roles", "observe", "--brokers", stage.broker.brokers], in: stage.folder.url,
            environment: ["TOKEN": read])
        let port = try port(of: worker)
        try eventually("the letters", worker) {
            try? ask(port, "GET /api/v1/dead-letters").1.contains(#""offset":5"#)
        }
        #expect(try ask(port, "GET /api/v1/dead-letters?bytes=true").0 == 403)
        #expect(try ask(port, "GET /api/v1/dead-letters?bytes=true", token: read).1.contains(#"a\\x1b[2J<b>4"#))
        // The page also says how many there are, which is known after the first look at the brokers.
        try eventually("the page", worker) {
            try? ask(port, "GET /dead-letters?bytes=true", token: read).1.contains(#"a\x1b[2J&lt;b&gt;4"#)
        }
        worker.signal(SIGTERM)
        #expect(try worker.wait().code == 0)
    }

    @Test func ofManyDeadLettersTheNewestAreReadAndOfThoseSoManyBytes() throws {
        let stage = try StagedPipeline()
        for offset in Int64(0)..<50 { try stage.deadLetter("transactions", 0, offset, value: "value \(offset)") }
        let pipeline = try PipelineFile.load(path: stage.folder.file("pipeline.yaml")).pipeline
        let reader = DeadLetterReader(try PipelineConnection(pipeline, brokers: stage.broker.brokers))
        let newest = try reader.newest(10, bytes: 5)
        #expect(newest.map(\.offset) == Array(40..<50))
        #expect(newest.allSatisfy { $0.value == Array("value".utf8) })
        #expect(try reader.newest(1000, bytes: 100).map(\.value) == reader.all().map(\.value))
    }

    // Debian's packages 'openssl' and 'curl'.
    @Test(
        .enabled(
            if: Programs.find("openssl") != nil && Programs.find("curl") != nil,
            "needs openssl and curl"))
    func withACertificateItSpeaksTLSAndAtSIGHUPWithANewOne() throws {
        let folder = try pipeline(
            "http: { listen: \"localhost:0\", certificate: { chain: tls.crt, key: tls.key } }")
        func make(_ name: String) throws {
            let made = Process()
            made.executableURL = Programs.find("openssl")
            made.currentDirectoryURL = folder.url
            made.arguments = [
                "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "\(name).key", "-out", "\(name).crt",
                "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
            ]
            made.standardError = FileHandle.nullDevice
            try made.run()
            made.waitUntilExit()
            #expect(made.terminationStatus == 0)
        }
        for name in ["tls", "new"] { try make(name) }
        try folder.write(try folder.read("tls.crt"), to: "old.crt")
        let worker = try StartedProgram(["run", "--roles", "observe"], in: folder.url)
        let port = try port(of: worker)
        #expect(worker.errorText.contains("https://"))
        /// Whether it answers those who trust that certificate alone.
        func answers(_ certificate: String) throws -> Bool {
            let curl = Process()
            let output = Pipe()
            curl.executableURL = Programs.find("curl")
            curl.arguments = ["-s", "--cacert", folder.file(certificate), "https://localhost:\(port)/healthz"]
            curl.standardOutput = output
            try curl.run()
            let answer = try output.fileHandleForReading.readToEnd() ?? Data()
            curl.waitUntilExit()
            return String(decoding: answer, as: UTF8.self) == "ok\n"
        }
        #expect(try answers("old.crt"))
        #expect(try !answers("new.crt"))
        /// How often it has said that what it read cannot be used.
        func refusals() -> Int { worker.errorText.components(separatedBy: "the one from before stays").count - 1 }

        // A key of another, and no certificate at all.
        try folder.write(try folder.read("new.crt"), to: "tls.crt")
        worker.signal(SIGHUP)
        try eventually("the refusal", worker) { refusals() == 1 }
        #expect(try answers("old.crt"))
        try folder.write("nonsense", to: "tls.crt")
        worker.signal(SIGHUP)
        try eventually("the refusal", worker) { refusals() == 2 }
        #expect(try answers("old.crt"))
        // Whoever is connected stays so, until he has his answer; nobody new sees the old one.
        for file in ["crt", "key"] { try folder.write(try folder.read("new.\(file)"), to: "tls.\(file)") }
        worker.signal(SIGHUP)
        try eventually("the new certificate", worker) { worker.errorText.contains("took the new certificate over") }
        try eventually("the old one's end", worker) { try answers("new.crt") && !answers("old.crt") }
        #expect(try (0..<10).allSatisfy { _ in try answers("new.crt") })
        // Nothing new: nothing is done.
        worker.signal(SIGHUP)
        try eventually("the second reading", worker) {
            worker.errorText.components(separatedBy: "read the pipeline file again").count == 5
        }
        #expect(worker.errorText.components(separatedBy: "took the new certificate over").count == 2)
        #expect(refusals() == 2)
        worker.signal(SIGTERM)
        #expect(try worker.wait().code == 0)
    }

    @Test func whatOtherMachinesReachNeedsAToken() throws {
        let folder = try pipeline("http: { listen: none }")
        let open = try ProgramRun.run(["run", "--http", "0.0.0.0:0"], in: folder.url)
        #expect(open.code != 0)
        #expect(open.error.contains("http.tokens.read"))
        let file = try pipeline("http: { listen: 0.0.0.0:8710 }")
        let check = try ProgramRun.run(["check"], in: file.url)
        #expect(check.code != 0)
        #expect(check.output.contains("http.tokens.read") || check.error.contains("http.tokens.read"))
    }
}
