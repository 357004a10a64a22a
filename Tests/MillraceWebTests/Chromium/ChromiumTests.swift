import Foundation
import HTTPServer
import Millrace
import Testing

@testable import MillraceWeb

/// The dashboard as people see it. Pictures of every page are kept below `.build/screenshots`.
@Suite(
    .serialized, .enabled(if: Browser.isAvailable, "needs Chromium: install Debian's chromium and chromium-driver"))
struct ChromiumTests {
    private static let write = "write-token-0123456789"
    private static let payloads = "payload-token-0123456789"
    private static let pages = [
        "overview": "/", "lag": "/lag?group=ingest", "runs": "/runs", "run": "/runs/run-000010", "models": "/models",
        "drift": "/drift", "dead-letters": "/dead-letters", "missing": "/nothing",
    ]

    private func browsing(
        _ source: StagedSource, tokens: [Permission: String] = [.write: write, .payloads: payloads],
        _ body: (Browser, String) async throws -> Void
    ) async throws {
        let site = Site(source: source, access: AccessTokens(tokens), isLoopbackOnly: true)
        let server = try HTTPServer.start(HTTPServerSettings()) { await site.respond($0) }
        defer { server.stop() }
        let browser = try await Browser()
        do {
            try await body(browser, "http://127.0.0.1:\(server.port)")
        } catch {
            await browser.close()
            throw error
        }
        await browser.close()
    }

    @Test(arguments: [(1280, 900, false), (1280, 900, true), (390, 844, false), (390, 844, true)])
    func everyPageIsReadable(width: Int, height: Int, isDark: Bool) async throws {
        let source = StagedSource(try Stage.snapshot(runs: 60, lag: 40), letters: Stage.letters)
        try await browsing(source) { browser, address in
            try await browser.look(width: width, height: height, isDark: isDark)
            for (name, path) in Self.pages.sorted(by: { $0.key < $1.key }) {
                try await browser.open(address + path)
                #expect(try await browser.run(PageChecks.contrast) as? [String] == [], "\(name)")
                #expect(try await browser.run(PageChecks.structure) as? [String] == [], "\(name)")
                #expect(try await browser.run(PageChecks.fit) as? [String] == [], "\(name)")
                // A page that is not there says so in the console, as it should.
                let said = try await browser.console()
                #expect(name == "missing" ? said.count == 1 : said == [], "\(name)")
                try await browser.picture(
                    "\(name)-\(width < 600 ? "phone" : "desk")-\(isDark ? "dark" : "light")")
            }
        }
    }

    @Test func theChecksFindWhatIsWrong() async throws {
        try await browsing(StagedSource(try Stage.snapshot())) { browser, address in
            try await browser.look(width: 390, height: 844, isDark: false)
            try await browser.open(address + "/runs")
            try await browser.run(
                """
                const main = document.querySelector('main');
                main.insertAdjacentHTML('beforeend', '<p class="pale">pale</p><h4>deep</h4><svg></svg><input name="x">'
                  + '<p class="wide">wide</p>');
                document.querySelector('.pale').style.color = '#aaa';
                document.querySelector('.wide').style.width = '2000px';
                """)
            func found(_ script: String, _ text: String) async throws -> Bool {
                (try await browser.run(script) as? [String] ?? []).contains { $0.contains(text) }
            }
            #expect(try await found(PageChecks.contrast, "\"pale\""))
            #expect(try await found(PageChecks.structure, "H4 after level 1"))
            #expect(try await found(PageChecks.structure, "a picture without"))
            #expect(try await found(PageChecks.structure, "no label for x"))
            #expect(try await found(PageChecks.fit, "wide on 390"))
        }
    }

    @Test func theFirstPageFollowsThePipeline() async throws {
        let source = StagedSource(try Stage.snapshot(lag: 40))
        try await browsing(source) { browser, address in
            try await browser.open(address)
            #expect(try await browser.wait("document.getElementById('live').textContent === 'Live'"))
            #expect(
                try await browser.run("return document.querySelector('.headline').textContent") as? String
                    == "1 thing holds the pipeline up")
            try await browser.run("document.body.dataset.mark = 'the same page'")
            source.show(try Stage.snapshot(lag: 0))
            #expect(try await browser.wait("document.querySelector('.headline').textContent === 'All is well'"))
            #expect(try await browser.run("return document.body.dataset.mark") as? String == "the same page")
            #expect(try await browser.console() == [])
        }
    }

    @Test func aButtonAsksWithTokenAndReasonAndSaysWhatBecameOfIt() async throws {
        let source = StagedSource(try Stage.snapshot(lag: 0))
        try await browsing(source) { browser, address in
            try await browser.look(width: 1280, height: 900, isDark: false)
            try await browser.open(address)
            try await browser.run("document.querySelector('[data-open=retrain]').click()")
            #expect(
                try await browser.run("return document.activeElement.closest('dialog')?.id") as? String == "retrain")
            try await browser.picture("confirmation-desk-light", isWhole: false)
            #expect(try await browser.run(PageChecks.contrast) as? [String] == [])
            func send(token: String) async throws {
                try await browser.run(
                    """
                    const form = document.querySelector('[data-action=retrain]');
                    form.elements.reason.value = 'drift seen';
                    form.elements.requester.value = 'Ada';
                    form.elements.token.value = '\(token)';
                    form.requestSubmit();
                    """)
            }
            let answer = "document.querySelector('#retrain .answer').textContent"
            // Without a reason the browser itself refuses.
            try await browser.run("document.querySelector('[data-action=retrain]').requestSubmit()")
            #expect(source.sent.isEmpty)
            try await send(token: Self.payloads)
            #expect(try await browser.wait("\(answer).includes('lacks the permission')"))
            #expect(source.sent.isEmpty)
            // The refusal is the only thing in the console.
            #expect(try await browser.console().count == 1)
            try await send(token: Self.write)
            #expect(try await browser.wait("\(answer).startsWith('Sent as')"))
            #expect(source.sent == [.retrain(RetrainRequested(reason: "drift seen", requester: "Ada"))])
            // The token stays nowhere.
            #expect(
                try await browser.run("return document.querySelector('#retrain [name=token]').value") as? String == "")
            #expect(
                try await browser.run("return localStorage.length + sessionStorage.length + document.cookie.length")
                    as? Int == 0)
            #expect(try await browser.console() == [])
        }
    }

    @Test func aPageElsewhereCanNeitherAskNorRead() async throws {
        let elsewhere = try HTTPServer.start(HTTPServerSettings()) { _ in
            HTTPResponse(status: 200, type: "text/html", "<!doctype html><title>elsewhere</title><p>bait")
        }
        defer { elsewhere.stop() }
        let source = StagedSource(try Stage.snapshot(lag: 0))
        try await browsing(source) { browser, address in
            // The password that the browser has for the site would be sent along.
            try await browser.open(address.replacing("http://", with: "http://me:\(Self.write)@"))
            try await browser.open("http://localhost:\(elsewhere.port)/")
            let outcomes =
                try await browser.run(
                    """
                    const attempts = [
                      ['/api/v1/retrain', { method: 'POST', mode: 'no-cors', credentials: 'include', body: '{"reason":"x"}' }],
                      ['/api/v1/retrain', { method: 'POST', credentials: 'include', headers: { 'Content-Type': 'application/json' }, body: '{"reason":"x"}' }],
                      ['/api/v1/runs', { credentials: 'include' }]
                    ];
                    const found = [];
                    for (const [path, options] of attempts) {
                      try { found.push((await fetch('\(address)' + path, options)).type); } catch { found.push('refused'); }
                    }
                    return found;
                    """) as? [String]
            #expect(outcomes?.dropFirst() == ["refused", "refused"])
            try await browser.run(
                """
                const form = document.createElement('form');
                form.method = 'POST'; form.enctype = 'text/plain'; form.action = '\(address)/api/v1/retrain';
                const field = document.createElement('input'); field.name = '{"reason":"x","requester":"'; field.value = '"}';
                form.append(field); document.body.append(form); form.submit();
                """)
            #expect(try await browser.wait("document.title !== 'elsewhere'"))
            #expect(source.sent.isEmpty)
        }
    }

    /// Both figures are printed; the best of the loads is judged, since other work moves them all.
    @Test func aThousandPartitionsAndTenThousandRunsAreASmallPageAndThereAtOnce() async throws {
        let source = StagedSource(
            try Stage.snapshot(runs: 10_000, partitions: 1000, lag: 40), letters: Stage.letters)
        try await browsing(source) { browser, address in
            try await browser.look(width: 1280, height: 900, isDark: false)
            try await browser.command("Network.enable")
            try await browser.command("Network.setCacheDisabled", ["cacheDisabled": true])
            for path in ["/", "/lag", "/runs", "/models"] {
                var (paints, bytes): ([Double], Int) = ([], 0)
                for _ in 0..<7 {
                    try await browser.open("about:blank")
                    try await browser.open(address + path)
                    let paint = "performance.getEntriesByName('first-contentful-paint').length > 0"
                    #expect(try await browser.wait(paint))
                    let figures =
                        try await browser.run(
                            """
                            const all = [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')];
                            return [performance.getEntriesByName('first-contentful-paint')[0].startTime,
                              all.reduce((sum, entry) => sum + entry.transferSize, 0)];
                            """) as? [Double] ?? []
                    paints.append(figures[0])
                    bytes = max(bytes, Int(figures[1]))
                }
                paints.sort()
                print(
                    "chromium: \(path): first paint \(Int(paints[0])) to \(Int(paints[6])) ms, median \(Int(paints[3])) ms; "
                        + "\(bytes / 1000) kB")
                #expect(paints[0] <= 1000)
                #expect(bytes > 1000 && bytes <= 200_000)
            }
        }
    }
}
