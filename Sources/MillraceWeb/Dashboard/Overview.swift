import Foundation
import Millrace
import Synchronization

/// The first page: made in parts, once for all who look at it, and sent again part by part as they change.
final class Overview: Sendable {
    struct Part: Sendable, Equatable {
        var id: String
        var title: String
        var html: String
        /// Says whether what a page shows is this.
        let tag: String

        init(id: String, title: String, html: String) {
            self.id = id
            self.title = title
            self.html = html
            tag = Checksum(of: html).prefix()
        }
    }

    private struct Made {
        var snapshot: PipelineSnapshot
        var at: ContinuousClock.Instant
        var parts: [Part]
    }

    private let source: any PipelineSource
    private let made = Mutex<Made?>(nil)

    init(source: any PipelineSource) { self.source = source }

    /// Ages go on while nothing is seen, so parts are made again now and then.
    private static let keep = Duration.seconds(5)

    func parts(_ snapshot: PipelineSnapshot) -> [Part] {
        made.withLock { made in
            if let made, made.snapshot === snapshot, ContinuousClock.now - made.at < Self.keep { return made.parts }
            let parts = Self.parts(snapshot, source)
            made = Made(snapshot: snapshot, at: .now, parts: parts)
            return parts
        }
    }

    private static func parts(_ snapshot: PipelineSnapshot, _ source: any PipelineSource) -> [Part] {
        [
            Part(id: "state", title: "State", html: StatePart(snapshot: snapshot).html),
            Part(id: "flow", title: "From event to model", html: FlowPart(snapshot: snapshot).html),
            Part(id: "lag", title: "Lag", html: LagPart(snapshot: snapshot).html),
            Part(id: "quality", title: "Measured quality", html: QualityPart(snapshot: snapshot).html),
            Part(id: "drift", title: "Drift", html: DriftPart(snapshot: snapshot).html),
            Part(id: "runs", title: "Runs", html: RunsPart(snapshot: snapshot).html),
        ]
    }

    func page(_ snapshot: PipelineSnapshot, canWrite: Bool) -> String {
        let sections = parts(snapshot).map { part in
            """
            <section aria-labelledby="\(part.id)-title"><h2 id="\(part.id)-title"\(part.id == "state" ? " class=\"unseen\"" : "")>\(part.title)</h2>\
            <div id="\(part.id)" data-tag="\(part.tag)">\(part.html)</div></section>
            """
        }
        let actions = ActionsPart(canWrite: canWrite).html
        let pipeline = source.process.pipeline
        return PageShell(title: "Overview", pipeline: pipeline, place: .overview, isLive: true).page(
            "<h1 class=\"unseen\">\(escape(pipeline))</h1>" + sections.joined(separator: "\n") + actions)
    }
}
