/// What a browser shows when there is no page.
enum ErrorPage {
    static func text(_ error: SiteError) -> String {
        PageShell(title: "\(error.status)", pipeline: "Millrace").page(
            "<h1>\(error.status)</h1><p class=\"lead\">\(escape(error.message))</p>")
    }
}
