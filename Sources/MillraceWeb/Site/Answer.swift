import Foundation
import HTTPServer
import Millrace

/// Makes answers of values.
enum Answer {
    static func json(_ value: some Encodable, status: Int = 200) throws -> HTTPResponse {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // One such number must not keep all others back.
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
        return HTTPResponse(
            status: status, headers: ["Content-Type": "application/json"],
            body: .bytes(Array(try encoder.encode(value))))
    }

    static func html(_ text: String, status: Int = 200) -> HTTPResponse {
        HTTPResponse(status: status, type: "text/html; charset=utf-8", text)
    }

    struct Failure: Codable {
        struct Reason: Codable {
            var code: String
            var message: String
        }
        var error: Reason
    }

    static func failure(_ error: any Error, isAPI: Bool) -> HTTPResponse {
        // What a source throws is about its broker or its disk.
        let reason =
            error as? SiteError
            ?? SiteError(status: 503, code: "unreachable", message: String(describing: error))
        var response =
            isAPI
            ? (try? json(Failure(error: .init(code: reason.code, message: reason.message)), status: reason.status))
                ?? HTTPResponse(status: reason.status)
            : html(ErrorPage.text(reason), status: reason.status)
        for (name, value) in reason.headers { response.headers.set(name, value) }
        return response
    }
}

extension HTTPResponse {
    /// Nothing but what comes from here is loaded, run, framed or kept.
    func withSafetyHeaders() -> HTTPResponse {
        var response = self
        func set(_ name: String, _ value: String) {
            if response.headers.all(name).isEmpty { response.headers.add(name, value) }
        }
        set("Cache-Control", "no-store")
        set("X-Content-Type-Options", "nosniff")
        set("Referrer-Policy", "no-referrer")
        set("Cross-Origin-Resource-Policy", "same-origin")
        set(
            "Content-Security-Policy",
            "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; "
                + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
        return response
    }
}
