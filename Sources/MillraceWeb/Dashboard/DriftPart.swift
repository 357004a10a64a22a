import Foundation
import Millrace

/// The features that have moved most since the champion learned, each with a bar.
struct DriftPart {
    var snapshot: PipelineSnapshot
    private static let most = 6

    var html: String {
        guard let drift = snapshot.drift else {
            return
                "<p class=\"quiet empty\">Nothing to compare yet: it takes a champion, and its datasets on this machine.</p>"
        }
        let rows = drift.features.prefix(Self.most).map { feature in
            "<li><span>\(escape(feature.feature))</span>\(Self.bar(feature))"
                + "<span class=\"number\">\(feature.index.map(Self.text) ?? "–")</span>"
                + "\(Markup.chip(feature.verdict.rawValue, Tone(feature.verdict)))</li>"
        }
        let rest = drift.features.count - rows.count
        return """
            <p class="lead">\(Self.sentence(drift))</p><ol class="bars">\(rows.joined())</ol>\
            <p class="quiet"><a href="/drift">\(rest > 0 ? "All \(drift.features.count) features" : "In figures")</a></p>
            """
    }

    static func sentence(_ drift: DriftReport) -> String {
        let moved = drift.features.count { $0.verdict == .moderate || $0.verdict == .strong }
        let subject =
            moved == 0 ? "No feature differs" : moved == 1 ? "One feature differs" : "\(moved) features differ"
        return "\(subject) from what champion \(drift.version) learned from: \(Words.span(drift.now)) against "
            + "\(Words.span(drift.then))."
    }

    static func text(_ index: Double) -> String { String(format: "%.3f", index) }

    /// To 0.5, with marks where a change is moderate and where it is strong.
    private static func bar(_ feature: FeatureDrift) -> String {
        let length = min(0.5, max(0, feature.index ?? 0)) * 400
        return """
            <svg viewBox="0 0 200 12" preserveAspectRatio="none" aria-hidden="true"><path class="rule" d="M0 6H200"/>\
            <rect class="\(Tone(feature.verdict).rawValue)" width="\(Int(max(1, length)))" height="8" y="2" rx="1"/>\
            <path class="rule" d="M40 0V12M100 0V12"/></svg>
            """
    }
}
