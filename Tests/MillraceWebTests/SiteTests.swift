import Foundation
import HTTPServer
import Millrace
import Testing

@testable import MillraceWeb

@Suite struct SiteTests {
    private let read = "read-token-0123456789"
    private let write = "write-token-0123456789"
    private let payloads = "payload-token-0123456789"

    private func ask(
        _ site: Site, _ method: String, _ target: String, token: String? = nil, basic: Bool = false,
        host: String = "127.0.0.1:8710", headers: [(String, String)] = [], body: String = ""
    ) async throws -> (status: Int, text: String, response: HTTPResponse) {
        var fields = HTTPHeaders()
        fields.add("Host", host)
        if let token {
            fields.add(
                "Authorization",
                basic ? "Basic " + Data("me:\(token)".utf8).base64EncodedString() : "Bearer \(token)")
        }
        for (name, value) in headers { fields.add(name, value) }
        let request = HTTPRequest(
            method: method, target: try #require(HTTPTarget(target)), headers: fields, body: Array(body.utf8))
        let response = await site.respond(request)
        guard case .bytes(let bytes) = response.body else { return (response.status, "", response) }
        return (response.status, String(decoding: bytes, as: UTF8.self), response)
    }

    private func post(
        _ site: Site, _ name: String, _ body: String, token: String? = nil, basic: Bool = false,
        type: String? = "application/json", headers: [(String, String)] = []
    ) async throws -> Int {
        try await ask(
            site, "POST", "/api/v1/\(name)", token: token, basic: basic,
            headers: headers + (type.map { [("Content-Type", $0)] } ?? []), body: body
        ).status
    }

    private func site(_ tokens: [Permission: String] = [:], runs: Int = 30, lag: Int64 = 40) throws -> (
        Site, StagedSource
    ) {
        let source = StagedSource(try Stage.snapshot(runs: runs, lag: lag), letters: Stage.letters)
        return (Site(source: source, access: AccessTokens(tokens), isLoopbackOnly: true), source)
    }

    @Test func aReadTokenCannotAskForAnything() async throws {
        let (site, source) = try site([.read: read, .write: write, .payloads: payloads])
        let body = #"{"reason":"drift"}"#
        #expect(try await post(site, "retrain", body) == 401)
        #expect(try await post(site, "retrain", body, token: "some-other-token-012345") == 401)
        #expect(try await post(site, "retrain", body, token: read) == 403)
        #expect(try await post(site, "retrain", body, token: payloads) == 403)
        #expect(source.sent.isEmpty)
        #expect(try await post(site, "retrain", body, token: write) == 202)
        #expect(source.sent == [.retrain(RetrainRequested(reason: "drift", requester: "http"))])
    }

    @Test func whatABrowserSendsByItselfAsksForNothing() async throws {
        let (site, source) = try site([.write: write])
        #expect(try await post(site, "hold", #"{"reason":"x"}"#, token: write, basic: true) == 403)
        #expect(
            try await post(
                site, "hold", #"{"reason":"x"}"#, token: write, headers: [("Origin", "https://elsewhere.example")])
                == 403)
        #expect(try await post(site, "hold", #"{"reason":"x"}"#, token: write, type: "text/plain") == 415)
        #expect(source.sent.isEmpty)
        #expect(
            try await post(
                site, "hold", #"{"reason":"x"}"#, token: write, headers: [("Origin", "http://127.0.0.1:8710")])
                == 202)
    }

    @Test func withoutAWriteTokenNobodyCanAsk() async throws {
        let (site, source) = try site()
        #expect(try await post(site, "retrain", #"{"reason":"x"}"#) == 403)
        #expect(try await post(site, "retrain", #"{"reason":"x"}"#, token: "guess-guess-guess-guess") == 401)
        #expect(source.sent.isEmpty)
    }

    @Test(arguments: [
        ("retrain", "{", 400), ("retrain", "", 400), ("retrain", "[]", 422), ("retrain", "{}", 422),
        ("retrain", #"{"reason":"  "}"#, 422), ("retrain", #"{"reason":7}"#, 422),
        ("retrain", #"{"reason":"x","resaon":"y"}"#, 422), ("retrain", #"{"reason":"x","requester":""}"#, 422),
        ("promote", #"{"reason":"x"}"#, 422), ("promote", #"{"reason":"x","version":"1"}"#, 422),
        ("promote", #"{"reason":"x","version":4711}"#, 422), ("promote", #"{"reason":"x","version":2}"#, 202),
        ("rollback", #"{"reason":"x"}"#, 202), ("resume", #"{"reason":"x","requester":"Ada"}"#, 202),
        ("retrain", #"{"reason":"x","dryRun":true,"parameters":{"eta":"0.3"}}"#, 202),
    ])
    func bodiesAreHeldToWhatTheyMayBe(name: String, body: String, status: Int) async throws {
        let (site, _) = try site([.write: write])
        #expect(try await post(site, name, body, token: write) == status)
    }

    @Test func aRequestNamesTheChampionThatItReplaces() async throws {
        let (site, source) = try site([.write: write])
        _ = try await post(site, "promote", #"{"reason":"x","version":3}"#, token: write)
        _ = try await post(site, "promote", #"{"reason":"x","version":3,"replaces":0}"#, token: write)
        #expect(
            source.sent == [
                .promote(PromoteRequested(version: 3, replaces: 28, requester: "http", reason: "x")),
                .promote(PromoteRequested(version: 3, replaces: nil, requester: "http", reason: "x")),
            ])
    }

    @Test func bytesOfDeadLettersNeedAPermissionOfTheirOwn() async throws {
        let (site, _) = try site([.payloads: payloads])
        let plain = try await ask(site, "GET", "/api/v1/dead-letters")
        #expect(plain.status == 200 && !plain.text.contains("onerror"))
        #expect(try await ask(site, "GET", "/api/v1/dead-letters?bytes=true").status == 403)
        let bytes = try await ask(site, "GET", "/api/v1/dead-letters?bytes=true", token: payloads)
        #expect(bytes.status == 200 && bytes.text.contains(#"\\x00\\\\"#))
        #expect(try await ask(site, "GET", "/dead-letters?bytes=true").status == 401)
        let (never, _) = try self.site()
        for path in ["/dead-letters?bytes=true", "/api/v1/dead-letters?bytes=true"] {
            let answer = try await ask(never, "GET", path)
            #expect(answer.status == 403 && answer.text.contains("http.tokens.payloads"))
        }
        let page = try await ask(site, "GET", "/dead-letters?bytes=true", token: payloads, basic: true)
        #expect(page.status == 200 && page.text.contains("&lt;img src=x onerror=alert(1)&gt;\\x00"))
    }

    @Test(arguments: ["/", "/lag", "/runs", "/models", "/drift", "/dead-letters", "/runs/run-000010"])
    func whatComesFromOutsideIsEscapedOnEveryPage(path: String) async throws {
        let (site, _) = try site()
        let page = try await ask(site, "GET", path)
        #expect(page.status == 200)
        #expect(page.text.contains("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&quot;&amp;"))
        #expect(!page.text.contains("<script>"))
        #expect(!page.text.contains("style=\""))
        let policy = try #require(page.response.headers["Content-Security-Policy"])
        #expect(policy.contains("default-src 'none'") && !policy.contains("unsafe"))
    }

    @Test func aRunLeadsToItsVersion() async throws {
        let (site, _) = try site()
        let page = try await ask(site, "GET", "/runs/run-000010")
        #expect(page.text.contains("<a href=\"/models?before=11#version-10\">10</a>"), "\(page.text)")
        #expect(try await ask(site, "GET", "/models?before=11").text.contains("<tr id=\"version-10\">"))
    }

    @Test func aPageElsewhereCannotReadUnderANameOfItsOwn() async throws {
        let (open, _) = try site()
        #expect(try await ask(open, "GET", "/", host: "rebound.example:8710").status == 421)
        #expect(try await ask(open, "GET", "/", host: "localhost:8710").status == 200)
        #expect(try await ask(open, "GET", "/", host: "[::1]:8710").status == 200)
        #expect(try await ask(open, "GET", "/", host: "127.0.0.2:8710").status == 200)
        #expect(try await ask(open, "GET", "/", host: "127.a.example.com").status == 421)
        #expect(!ListenAddress(host: "127.a.example.com", port: 1).isLoopback)
        let (closed, _) = try site([.read: read])
        #expect(try await ask(closed, "GET", "/", host: "worker.example:8710").status == 401)
        #expect(try await ask(closed, "GET", "/", token: read, host: "worker.example:8710").status == 200)
    }

    @Test func wrongPathsAndMethodsAreNamed() async throws {
        let (site, _) = try site()
        #expect(try await ask(site, "GET", "/nothing").status == 404)
        #expect(try await ask(site, "GET", "/api/v1/runs/none").status == 404)
        #expect(try await ask(site, "GET", "/api/v1/models/x").status == 404)
        let wrong = try await ask(site, "DELETE", "/api/v1/runs")
        #expect(wrong.status == 405 && wrong.response.headers["Allow"] == "GET, HEAD")
        #expect(try await ask(site, "POST", "/metrics").status == 405)
        #expect(try await ask(site, "GET", "/api/v1/runs?limit=0").status == 400)
        #expect(try await ask(site, "GET", "/api/v1/runs?limit=1&limit=2").status == 400)
        #expect(try await ask(site, "GET", "/api/v1/runs?state=done").status == 400)
        #expect(try await ask(site, "HEAD", "/api/v1/runs").status == 200)
    }

    @Test func runsComePageByPageWithoutGapOrRepetition() async throws {
        let (site, _) = try site(runs: 57)
        var names: [String] = []
        var before: String?
        repeat {
            let answer = try await ask(site, "GET", "/api/v1/runs?limit=10" + (before.map { "&before=\($0)" } ?? ""))
            let page = try JSONDecoder().decode(APIRoutes.Runs.self, from: Data(answer.text.utf8))
            names += page.runs.map(\.run)
            before = page.next
        } while before != nil
        #expect(names == (1...57).reversed().map(Stage.name))
    }

    @Test(arguments: [1, 3, 4, 6, 7, 1000])
    func partitionsComePageByPageAndGroupsWithEveryPage(limit: Int) async throws {
        let (site, _) = try site()
        var found: [String] = []
        var after: String?
        repeat {
            let answer = try await ask(
                site, "GET", "/api/v1/lag?limit=\(limit)" + (after.map { "&after=\($0)" } ?? ""))
            let page = try JSONDecoder().decode(APIRoutes.Lag.self, from: Data(answer.text.utf8))
            #expect(page.groups.map(\.role) == Role.stages && page.groups[0].lag == 80)
            let places = page.groups.flatMap { group in
                group.partitions.map { "\(group.role?.rawValue ?? "")/\($0.partition)" }
            }
            #expect(places.count <= limit)
            found += places
            after = page.next
        } while after != nil
        #expect(
            found == ["ingest/0", "ingest/1", "ingest/2", "ingest/3", "transform/0", "train/0", "publish/0"])
        #expect(try await ask(site, "GET", "/api/v1/lag?after=none").status == 404)
    }

    @Test func readinessSaysWhatIsMissing() async throws {
        let ready = Site(
            source: StagedSource(try Stage.snapshot()), access: AccessTokens([.read: read]), isLoopbackOnly: false)
        #expect(try await ask(ready, "GET", "/readyz").text == #"{"ready":true,"reasons":[]}"#)
        #expect(try await ask(ready, "GET", "/healthz").status == 200)
        let early = Site(source: StagedSource(nil), access: AccessTokens([:]), isLoopbackOnly: true)
        let answer = try await ask(early, "GET", "/readyz")
        #expect(answer.status == 503 && answer.text.contains("has not been looked at yet"))
        #expect(try await ask(early, "GET", "/api/v1/lag").status == 503)
        #expect(try await ask(early, "GET", "/metrics").status == 200)
        let elsewhere = Site(
            source: StagedSource(nil, isObserving: false), access: AccessTokens([:]), isLoopbackOnly: true)
        #expect(try await ask(elsewhere, "GET", "/readyz").status == 200)
        // What an error says may name what only readers may know.
        let failing = StagedSource(try Stage.snapshot(), failure: "no host db.internal")
        let closed = Site(source: failing, access: AccessTokens([.read: read]), isLoopbackOnly: false)
        #expect(try await ask(closed, "GET", "/readyz").text == #"{"ready":false,"reasons":["train fails"]}"#)
        #expect(try await ask(closed, "GET", "/readyz", token: read).text.contains("train fails: no host db.internal"))
        #expect(try await ask(elsewhere, "GET", "/api/v1/lag").text.contains("not-here"))
    }

    @Test func whatHasNotChangedIsNotSentAgain() async throws {
        let (site, _) = try site()
        let first = try await ask(site, "GET", "/style.css")
        let tag = try #require(first.response.headers["ETag"])
        #expect(try await ask(site, "GET", "/style.css", headers: [("If-None-Match", tag)]).status == 304)
    }
}
