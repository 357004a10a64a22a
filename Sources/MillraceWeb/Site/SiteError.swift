/// Why a request is not answered as it asks: a status, a code that does not change, and a sentence.
struct SiteError: Error {
    var status: Int
    var code: String
    var message: String
    var headers: [(String, String)] = []

    static func notFound(_ what: String) -> SiteError {
        SiteError(status: 404, code: "not-found", message: "There is no \(what).")
    }

    static func badQuery(_ name: String, expected: String) -> SiteError {
        SiteError(status: 400, code: "bad-query", message: "Expected \(name) to be \(expected).")
    }

    static func unfit(_ message: String) -> SiteError { SiteError(status: 422, code: "unfit", message: message) }

    static func notConfigured(_ permission: Permission) -> SiteError {
        SiteError(
            status: 403, code: "not-configured",
            message: "The pipeline file declares no token for this: set 'http.tokens.\(permission.rawValue)'.")
    }

    static let notYet = SiteError(
        status: 503, code: "not-yet", message: "The pipeline has not been looked at yet; ask again in a moment.",
        headers: [("Retry-After", "5")])

    static let notHere = SiteError(
        status: 503, code: "not-here",
        message: "This process does not run the role 'observe', and knows its own metrics only. Ask one that does.")
}
