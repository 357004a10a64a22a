import Millrace

/// Every feature, in figures.
struct DriftPage {
    var visit: Visit

    var html: String {
        get throws {
            let shell = PageShell(title: "Drift", pipeline: visit.source.process.pipeline, place: .drift)
            guard let drift = try visit.snapshot.drift else {
                return shell.page(
                    "<h1>Drift</h1><p class=\"quiet\">Nothing to compare yet: it takes a champion, and its datasets on this machine.</p>"
                )
            }
            func share(_ share: Double) -> String {
                share == 0 ? "0" : share < 0.001 ? "< 0.1 %" : "\(HTMLText.number((share * 1000).rounded() / 10)) %"
            }
            let rows = drift.features.map { feature -> [String] in
                [
                    escape(feature.feature), feature.index.map(DriftPart.text) ?? "–",
                    Markup.chip(feature.verdict.rawValue, Tone(feature.verdict)),
                    feature.meanThen.map(HTMLText.number) ?? "–", feature.meanNow.map(HTMLText.number) ?? "–",
                    share(feature.missingThen), share(feature.missingNow),
                ]
            }
            let table = Markup.table(
                "Features, the strongest drift first",
                [
                    ("Feature", false), ("Index", true), ("Verdict", false), ("Mean then", true), ("Mean now", true),
                    ("Missing then", true), ("Missing now", true),
                ], rows)
            return shell.page(
                """
                <h1>Drift</h1><p class="lead">\(DriftPart.sentence(drift))</p>\(table)\
                <p class="quiet note">The index is the population stability index over tenths of the values then: below \
                0.1 stable, from 0.25 strong.</p>
                """)
        }
    }
}
