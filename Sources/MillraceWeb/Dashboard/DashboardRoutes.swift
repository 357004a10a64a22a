import HTTPServer
import Millrace

/// The pages, what they load, and the stream that keeps the first one up to date.
enum DashboardRoutes {
    static func routes(overview: Overview, canWrite: Bool) -> [Route] {
        [
            page("/") { visit in overview.page(try visit.snapshot, canWrite: canWrite) },
            page("/lag") { try LagPage(visit: $0).html },
            page("/runs") { try RunsPage(visit: $0).html },
            page("/runs/{run}") { try RunPage(visit: $0).html },
            page("/models") { try ModelsPage(visit: $0).html },
            page("/drift") { try DriftPage(visit: $0).html },
            page("/dead-letters") { try DeadLettersPage(visit: $0).html },
            Route("GET", "/runs/{run}/report", .page, .read, respond: report),
            Route("GET", "/events", .page, .read) { visit in
                let shown = Set((try visit.text("have") ?? "").split(separator: ",").map(String.init))
                return HTTPResponse(
                    status: 200, headers: ["Content-Type": "text/event-stream", "X-Accel-Buffering": "no"],
                    body: .stream { await LiveStream(overview: overview, source: visit.source).run($0, shown: shown) })
            },
            asset("/style.css", "text/css; charset=utf-8", StyleSheet.text),
            asset("/live.js", "text/javascript; charset=utf-8", LiveScript.text),
            asset("/icon.svg", "image/svg+xml", StyleSheet.icon),
        ]
    }

    private static func page(_ path: String, _ html: @escaping @Sendable (Visit) throws -> String) -> Route {
        Route("GET", path, .page, .read) { Answer.html(try html($0)) }
    }

    /// Kept by browsers, and asked for again each time whether it is still the same.
    private static func asset(_ path: String, _ type: String, _ text: String) -> Route {
        let bytes = Array(text.utf8)
        let tag = "\"\(Checksum(of: bytes).prefix())\""
        return Route("GET", path, .page, nil) { visit in
            let headers: HTTPHeaders = ["Content-Type": type, "Cache-Control": "no-cache", "ETag": tag]
            if visit.request.headers["If-None-Match"] == tag { return HTTPResponse(status: 304, headers: headers) }
            return HTTPResponse(status: 200, headers: headers, body: .bytes(bytes))
        }
    }

    /// The report that the worker wrote, as it is; it brings its style with it and runs nothing.
    @Sendable private static func report(_ visit: Visit) throws -> HTTPResponse {
        let name = visit.names["run"] ?? ""
        let version = try visit.snapshot.versions.first { $0.run == name }
        guard let file = version?.verdict.report.first(where: { $0.path.hasSuffix(".html") }) else {
            throw SiteError.notFound("report of run '\(name)'")
        }
        return HTTPResponse(
            status: 200,
            headers: [
                "Content-Type": "text/html; charset=utf-8",
                "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox",
            ], body: .bytes(try visit.source.file(file)))
    }
}
