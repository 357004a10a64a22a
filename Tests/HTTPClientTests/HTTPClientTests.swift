import HTTPClient
import HTTPServer
import Synchronization
import TestSupport
import Testing

/// Against the project's own server: what is sent is what comes, and what goes wrong says so in time.
@Suite struct HTTPClientTests {
    private final class Seen: Sendable {
        let requests = Mutex<[HTTPRequest]>([])
    }

    private func serving(
        _ answer: @escaping @Sendable (HTTPRequest) -> HTTPResponse, _ body: (Seen, String) throws -> Void
    ) throws {
        let seen = Seen()
        var settings = HTTPServerSettings()
        settings.bodyBytes = 4 << 20
        let server = try HTTPServer.start(settings) { request in
            seen.requests.withLock { $0.append(request) }
            return answer(request)
        }
        defer { server.stop() }
        try body(seen, "http://127.0.0.1:\(server.port)")
    }

    @Test func `A post arrives as it was given, large or empty, over and over`() throws {
        try serving({ _ in HTTPResponse(status: 202, type: "text/plain", "taken") }) { seen, address in
            let client = try HTTPClient()
            let bodies = [[], Array("{\"a\":1}".utf8), [UInt8](repeating: 120, count: 2 << 20)]
            for body in bodies {
                let reply = try client.post(
                    address + "/in?x=1", headers: [("X-Token", "a b"), ("Content-Type", "application/json")], body: body
                )
                #expect(reply.status == 202 && reply.isSuccess && reply.body == Array("taken".utf8))
            }
            let requests = seen.requests.withLock { $0 }
            #expect(requests.map(\.body) == bodies)
            #expect(requests.allSatisfy { $0.method == "POST" && $0.headers["x-token"] == "a b" })
            #expect(requests.allSatisfy { $0.headers["content-type"] == "application/json" })
        }
    }

    @Test(arguments: [(200, false), (301, false), (404, false), (408, true), (429, true), (500, true), (503, true)])
    func `A status is an answer, and says whether to try again`(status: Int, isRetriable: Bool) throws {
        try serving({ _ in
            HTTPResponse(status: status, headers: ["Location": "http://127.0.0.1:1/"], body: .bytes([]))
        }) { _, address in
            let reply = try HTTPClient().post(address, body: [1])
            #expect(reply.status == status)
            #expect(reply.isRetriable == isRetriable)
            #expect(reply.isSuccess == (status == 200))
        }
    }

    @Test func `A long answer is cut, not kept`() throws {
        try serving({ _ in HTTPResponse(status: 200, body: .bytes([UInt8](repeating: 97, count: 1 << 20))) }) {
            _, address in
            let reply = try HTTPClient().post(address, body: [])
            #expect(reply.body.count == 64 << 10)
        }
    }

    @Test func `Nobody there, nobody answering, no address and no header are told apart, without secrets`() throws {
        let client = try HTTPClient()
        let port = try FreePorts.find(1)[0]
        func failure(_ url: String, _ headers: [(name: String, value: String)] = []) -> HTTPClientError? {
            #expect(throws: HTTPClientError.self) {
                try client.post(url, headers: headers, body: [], timeout: .milliseconds(500))
            }
        }
        let gone = failure("http://name:secret@127.0.0.1:\(port)/secret?token=secret")
        #expect(gone?.code == .unreachable)
        #expect(gone?.message.contains("127.0.0.1:\(port)") == true && gone?.message.contains("secret") == false)
        #expect(failure("http://127.0.0.1:\(port)?token=secret")?.message.contains("secret") == false)
        #expect(failure("file:///etc/passwd")?.code == .address)
        #expect(failure("localhost:1")?.code == .address)
        let header = failure("http://127.0.0.1:\(port)", [("Authorization", "secret\r\nX-Other: 1")])
        #expect(header?.code == .header && header?.message.contains("secret") == false)

        let slow = try HTTPServer.start(HTTPServerSettings()) { _ in
            try? await Task.sleep(for: .seconds(60))
            return HTTPResponse(status: 200)
        }
        defer { slow.stop() }
        let begin = ContinuousClock.now
        #expect(failure("http://127.0.0.1:\(slow.port)/")?.code == .timeout)
        #expect(begin.duration(to: .now) < .seconds(30))
    }
}
