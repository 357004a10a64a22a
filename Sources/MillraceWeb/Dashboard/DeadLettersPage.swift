import Millrace

/// Records that could not be handled; their bytes for those who may see them.
struct DeadLettersPage {
    var visit: Visit
    private static let size = 50

    var html: String {
        get throws {
            let all = try visit.snapshot.deadLetters
            let withBytes = try visit.wantsBytes(.page)
            let letters = try visit.source.deadLetters()
            let page = try visit.integer("page", in: 1...1_000_000, default: 1)
            let shown = letters.reversed().dropFirst((page - 1) * Self.size).prefix(Self.size)
            let counts = Dictionary(grouping: letters, by: \.code).mapValues(\.count)
                .sorted { ($1.value, $0.key) < ($0.value, $1.key) }
                .map { "<li><code>\(escape($0.key))</code> \(HTMLText.count($0.value))</li>" }
            let rows = shown.map { letter -> [String] in
                let fact = DeadLetterFact(letter, withBytes: withBytes)
                let place = "\(escape(fact.topic))/\(fact.partition)@\(fact.offset)"
                let bytes =
                    withBytes
                    ? [
                        "<code class=\"bytes\">\(escape(fact.key ?? "–"))</code>",
                        "<code class=\"bytes\">\(escape(fact.value ?? "–"))</code>",
                    ] : []
                return [
                    place, fact.time.map(Markup.time) ?? "–", escape(fact.stage.rawValue),
                    "<code>\(escape(fact.code))</code>", escape(fact.message),
                ] + bytes
            }
            let heads: [(String, Bool)] = [
                ("Record", false), ("Time (UTC)", false), ("Stage", false), ("Code", false), ("Why", false),
            ]
            let table = Markup.table(
                "Newest first", heads + (withBytes ? [("Key", false), ("Value", false)] : []), Array(rows))
            let more = withBytes ? "bytes=true&" : ""
            let pager = Pager(
                previous: page > 1 ? "/dead-letters?\(more)page=\(page - 1)" : nil,
                next: page * Self.size < letters.count ? "/dead-letters?\(more)page=\(page + 1)" : nil,
                told:
                    "The newest \(HTMLText.count(letters.count)) of \(HTMLText.count(max(letters.count, all.map { Int($0) } ?? 0)))"
            )
            let look =
                withBytes
                ? "" : "<p><a href=\"/dead-letters?bytes=true\">Look at the bytes</a> (a permission of its own)</p>"
            return PageShell(title: "Dead letters", pipeline: visit.source.process.pipeline, place: .deadLetters).page(
                "<h1>Dead letters</h1>"
                    + (letters.isEmpty
                        ? "<p class=\"quiet\">None: every record could be handled.</p>"
                        : "<ul class=\"counts\">\(counts.joined())</ul>\(look)\(table)\(pager.html)"))
        }
    }
}
