import Foundation
import HTTPServer
import Testing
import TestSupport

// They wait for sockets: among the other tests of a process each look would wait its turn for minutes.
@Suite(.onThreads(4)) struct HTTPServerTests {
    /// Runs a server for the length of a test.
    private func serving(
        _ change: (inout HTTPServerSettings) -> Void = { _ in }, handler: @escaping HTTPServer.Handler = echo,
        _ body: (HTTPServer, Int) async throws -> Void
    ) async throws {
        var settings = HTTPServerSettings()
        change(&settings)
        let server = try HTTPServer.start(settings, handler: handler)
        defer { server.stop() }
        try await body(server, Int(server.port))
    }

    private static func echo(_ request: HTTPRequest) async -> HTTPResponse {
        HTTPResponse(
            status: 200, type: "text/plain",
            "\(request.method) \(request.target.path) \(request.target.query.map { "\($0.name)=\($0.value)" }) "
                + "with \(request.body.count)")
    }

    private func ask(_ port: Int, _ text: String) throws -> String {
        let connection = try RawConnection(port: port)
        connection.send(text)
        return connection.receiveAll()
    }

    /// Whether something becomes true, in a time that no busy machine needs.
    private func eventually(_ condition: () throws -> Bool) async throws -> Bool {
        let end = ContinuousClock.now + .seconds(120)
        while ContinuousClock.now < end {
            if try condition() { return true }
            try await Task.sleep(for: .milliseconds(200))
        }
        return false
    }

    private func status(_ answer: String) -> Int? {
        answer.hasPrefix("HTTP/1.1 ") ? Int(answer.dropFirst(9).prefix(3)) : nil
    }

    @Test func aRequestReachesItsHandlerWholeAndDecoded() async throws {
        try await serving { _, port in
            let answer = try ask(
                port,
                "POST /a/b%20c?x=1&y=a%2Bb+c HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello"
            )
            #expect(status(answer) == 200)
            #expect(answer.hasSuffix(#"POST ["a", "b c"] ["x=1", "y=a+b c"] with 5"#))
        }
    }

    @Test func aConnectionServesOneRequestAfterAnother() async throws {
        try await serving { _, port in
            let connection = try RawConnection(port: port)
            for index in 0..<50 {
                connection.send("GET /\(index) HTTP/1.1\r\nHost: h\r\n\r\n")
                #expect(connection.receive(until: "with 0").contains("[\"\(index)\"]"))
            }
        }
    }

    @Test func slowHandlersDoNotHoldUpOthers() async throws {
        try await serving(handler: { request in
            if request.target.path == ["slow"] { try? await Task.sleep(for: .seconds(3)) }
            return HTTPResponse(status: 200, type: "text/plain", "done")
        }) { _, port in
            let slow = try (0..<20).map { _ in try RawConnection(port: port) }
            for connection in slow { connection.send("GET /slow HTTP/1.1\r\nHost: h\r\n\r\n") }
            let start = ContinuousClock.now
            #expect(try status(ask(port, "GET /fast HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")) == 200)
            #expect(ContinuousClock.now - start < .seconds(2))
            for connection in slow { #expect(connection.receive(until: "done").hasSuffix("done")) }
        }
    }

    @Test(arguments: [
        ("GET /../etc/passwd", 400), ("GET /a/%2e%2e/b", 400), ("GET /%2fetc", 400), ("GET /a%00b", 400),
        ("GET /a//b", 400), ("GET /%zz", 400), ("GET /%ff%fe", 400), ("GET /a%5cb", 400), ("GET /ok/", 200),
        ("GET http://evil/x", 400), ("OPTIONS *", 400), ("GET /x?y=%00", 400), ("BREW /pot", 200),
    ])
    func pathsThatPlayTricksAreRefused(line: String, expected: Int) async throws {
        try await serving { _, port in
            let answer = try ask(port, "\(line) HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
            #expect(status(answer) == expected)
        }
    }

    @Test func aBodyThatIsTooLargeIsAnswered413() async throws {
        try await serving({ $0.bodyBytes = 1000 }) { server, port in
            // By its declared length, before it is read.
            let declared = try RawConnection(port: port)
            declared.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n")
            #expect(status(declared.receive(until: "\r\n")) == 413)
            // By what comes, when no length was declared.
            let chunk = "100\r\n" + String(repeating: "x", count: 256) + "\r\n"
            let chunked = try ask(
                port,
                "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
                    + String(repeating: chunk, count: 40) + "0\r\n\r\n")
            #expect(status(chunked) == 413)
            let fits = try ask(
                port,
                "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
                    + String(repeating: chunk, count: 3) + "0\r\n\r\n")
            #expect(status(fits) == 200 && fits.hasSuffix(" 768"))
        }
    }

    @Test func aLengthSaidTwiceIsRefused() async throws {
        try await serving { _, port in
            let both = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
            let connection = try RawConnection(port: port)
            connection.send(both)
            #expect(status(connection.receive(until: "\r\n")) == 400)
        }
    }

    @Test func headersBeyondTheLimitAreRefused() async throws {
        try await serving { _, port in
            let flood = (0..<10_000).map { "X-Flood-\($0): \(String(repeating: "a", count: 100))\r\n" }.joined()
            let connection = try RawConnection(port: port)
            connection.send("GET / HTTP/1.1\r\nHost: h\r\n" + flood + "\r\n")
            #expect([413, 431].contains(status(connection.receive(until: "\r\n"))))
            let long = try RawConnection(port: port)
            long.send("GET /" + String(repeating: "a", count: 100_000) + " HTTP/1.1\r\nHost: h\r\n\r\n")
            #expect(status(long.receive(until: "\r\n")) == 414)
        }
    }

    @Test func aClientThatDripsIsLetGoAndOthersAreServedMeanwhile() async throws {
        try await serving({ $0.receiveTimeout = .seconds(2) }) { server, port in
            let drip = try RawConnection(port: port)
            drip.send("GET / HTTP/1.1\r\nHost: h\r\n")
            // It never falls silent, so the server's patience alone ends it.
            let isLetGo = try await eventually {
                let answer = try ask(port, "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
                #expect(status(answer) == 200)
                return !drip.send("X")
            }
            #expect(isLetGo)
        }
    }

    @Test func connectionsOfOneAddressAreLimited() async throws {
        try await serving({ $0.addressLimit = 10 }) { server, port in
            var held: [RawConnection] = []
            for _ in 0..<200 { held.append(try RawConnection(port: port)) }
            // All have been looked at once the last of them has been closed.
            #expect(held.removeLast().receive() == nil)
            #expect(server.load.connections <= 10)
            held = []
            let isServed = try await eventually {
                try status(ask(port, "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")) == 200
            }
            #expect(isServed)
        }
    }

    @Test func thoseWhoAreSilentGiveTheirPlaceToThoseWhoAsk() async throws {
        try await serving({ $0.connectionLimit = 20 }) { server, port in
            let kept = try RawConnection(port: port)
            var held: [RawConnection] = []
            for index in 0..<100 {
                held.append(try RawConnection(port: port))
                guard index % 10 == 0 else { continue }
                #expect(try status(ask(port, "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")) == 200)
                // Whoever asks is not among them, and is no newcomer either.
                kept.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
                #expect(kept.receive(until: "with 0").hasSuffix("with 0"))
            }
            // The first of them were let go.
            #expect(held[0].receive() == nil)
            #expect(server.load.connections <= 28)
        }
    }

    @Test func answersThatNobodyTakesAreBoundedAllTogether() async throws {
        let large = [UInt8](repeating: 0, count: 16 << 20)
        try await serving(
            { $0.answerBytes = 40 << 20 },
            handler: { HTTPResponse(status: 200, body: .bytes($0.target.path == ["large"] ? large : [1])) }
        ) { server, port in
            func begin() throws -> (connection: RawConnection, status: Int?) {
                let connection = try RawConnection(port: port)
                connection.send("GET /large HTTP/1.1\r\nHost: h\r\n\r\n")
                return (connection, status(connection.receive(until: "\r\n")))
            }
            var slow = try (0..<2).map { _ in try begin() }
            #expect(slow.allSatisfy { $0.status == 200 })
            #expect(try begin().status == 503)
            #expect(try status(ask(port, "GET /small HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")) == 200)
            slow = []
            #expect(try await eventually { try begin().status == 200 })
        }
    }

    @Test func aStreamIsSentAsItComesAndEndsWhenItsClientGoes() async throws {
        let (ended, end) = AsyncStream<Void>.makeStream()
        try await serving(handler: { _ in
            HTTPResponse(
                status: 200, headers: ["Content-Type": "text/event-stream"],
                body: .stream { stream in
                    var count = 0
                    while stream.send("data: \(count)\n\n") {
                        count += 1
                        try? await Task.sleep(for: .milliseconds(50))
                    }
                    end.yield()
                })
        }) { server, port in
            var connection: RawConnection? = try RawConnection(port: port)
            connection?.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
            #expect(connection?.receive(until: "data: 5").contains("data: 4") == true)
            #expect(server.load.streams == 1)
            connection = nil
            for await _ in ended { break }
            // The closure's end is said before the library frees the response.
            let isOver = try await eventually { server.load.streams == 0 && server.load.connections == 0 }
            #expect(isOver)
        }
    }

    @Test func streamsBeyondTheLimitAreAnswered503() async throws {
        try await serving(
            { $0.streamLimit = 2 },
            handler: { _ in
                HTTPResponse(
                    status: 200,
                    body: .stream { stream in
                        while stream.send(".") { try? await Task.sleep(for: .milliseconds(100)) }
                    })
            }
        ) { server, port in
            let open = try (0..<2).map { _ in try RawConnection(port: port) }
            for connection in open {
                connection.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
                #expect(status(connection.receive(until: "\r\n\r\n")) == 200)
            }
            let third = try RawConnection(port: port)
            third.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
            #expect(status(third.receive(until: "\r\n")) == 503)
        }
    }

    @Test func stoppingEndsStreamsAndWhatIsBeingHandled() async throws {
        let server = try HTTPServer.start(HTTPServerSettings()) { request in
            if request.target.path == ["stream"] {
                return HTTPResponse(
                    status: 200,
                    body: .stream { stream in
                        while stream.send(".") { try? await Task.sleep(for: .seconds(60)) }
                    })
            }
            try? await Task.sleep(for: .seconds(5))
            return HTTPResponse(status: 200)
        }
        let connections = try (0..<6).map { _ in try RawConnection(port: Int(server.port)) }
        for (index, connection) in connections.enumerated() {
            connection.send("GET /\(index % 2 == 0 ? "stream" : "slow") HTTP/1.1\r\nHost: h\r\n\r\n")
        }
        try await Task.sleep(for: .milliseconds(300))
        let start = ContinuousClock.now
        server.stop()
        #expect(ContinuousClock.now - start < .seconds(2))
        #expect(throws: POSIXError.self) { try RawConnection(port: Int(server.port)) }
        // The handlers' answers come after the end, and are nobody's.
        try await Task.sleep(for: .seconds(5))
    }

    @Test func aPortInUseIsSaid() throws {
        let first = try HTTPServer.start(HTTPServerSettings()) { _ in HTTPResponse(status: 200) }
        defer { first.stop() }
        let error = #expect(throws: HTTPServerError.self) {
            _ = try HTTPServer.start(HTTPServerSettings(port: first.port)) { _ in HTTPResponse(status: 200) }
        }
        #expect(error?.code == .addressInUse)
        #expect(error?.message.contains("127.0.0.1:\(first.port)") == true)
    }

    @Test func aCertificateThatIsNoneIsSaid() throws {
        var settings = HTTPServerSettings()
        settings.certificate = .init(chain: "no certificate", key: "no key")
        let error = #expect(throws: HTTPServerError.self) {
            _ = try HTTPServer.start(settings) { _ in HTTPResponse(status: 200) }
        }
        #expect(error?.code == .certificate)
    }
}
