/// What every page has around it.
struct PageShell {
    enum Place: String, CaseIterable {
        case overview = "Overview"
        case lag = "Lag"
        case runs = "Runs"
        case models = "Models"
        case drift = "Drift"
        case deadLetters = "Dead letters"

        var path: String {
            switch self {
            case .overview: "/"
            case .lag: "/lag"
            case .runs: "/runs"
            case .models: "/models"
            case .drift: "/drift"
            case .deadLetters: "/dead-letters"
            }
        }
    }

    var title: String
    var pipeline: String
    var place: Place?
    /// Whether the page follows the pipeline.
    var isLive = false

    func page(_ body: String) -> String {
        let links = Place.allCases.map { place in
            "<li><a href=\"\(place.path)\"\(place == self.place ? " aria-current=\"page\"" : "")>\(place.rawValue)</a></li>"
        }
        let live = isLive ? "<p id=\"live\" role=\"status\" class=\"quiet\"></p>" : ""
        return """
            <!doctype html>
            <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark"><title>\(escape(title)) · \(escape(pipeline)) · Millrace</title>
            <link rel="icon" href="/icon.svg" type="image/svg+xml"><link rel="stylesheet" href="/style.css">
            <script src="/live.js" defer></script></head>
            <body><a class="skip" href="#main">To the content</a>
            <header class="top"><a class="brand" href="/"><svg viewBox="0 0 24 24" aria-hidden="true"><path d="M2 8c4 0 4 3 8 3s4-3 8-3 3 1 4 1M2 15c4 0 4 3 8 3s4-3 8-3 3 1 4 1"/></svg>\(escape(pipeline))</a>
            <nav aria-label="Pages"><ul>\(links.joined())</ul></nav>\(live)</header>
            <main id="main">\(body)</main>
            </body></html>

            """
    }
}
