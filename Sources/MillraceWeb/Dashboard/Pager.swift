/// Where a list goes on.
struct Pager {
    var previous: String?
    var next: String?
    var told: String

    var html: String {
        func link(_ path: String?, _ text: String) -> String {
            path.map { "<a href=\"\(escape($0))\">\(text)</a>" } ?? ""
        }
        return
            "<nav class=\"pager\" aria-label=\"More\">\(link(previous, "Before"))<span class=\"quiet\">\(escape(told))</span>\(link(next, "More"))</nav>"
    }
}
