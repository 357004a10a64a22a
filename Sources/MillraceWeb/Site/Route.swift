import HTTPServer

/// What one path means for one method.
struct Route: Sendable {
    enum Kind: Sendable {
        /// For programs: errors are JSON.
        case api
        /// For browsers: errors are pages, and a missing token is asked for.
        case page
    }

    var method: String
    /// `{name}` stands for any one segment.
    var path: String
    var kind: Kind
    /// nil for what everybody may see.
    var permission: Permission?
    /// May take long: a broker or a disk is asked.
    var respond: @Sendable (Visit) async throws -> HTTPResponse

    init(
        _ method: String, _ path: String, _ kind: Kind, _ permission: Permission?,
        respond: @escaping @Sendable (Visit) async throws -> HTTPResponse
    ) {
        self.method = method
        self.path = path
        self.kind = kind
        self.permission = permission
        self.respond = respond
    }

    /// The segments that stand for its names; nil when the path is another.
    func match(_ segments: [String]) -> [String: String]? {
        let pattern = path.split(separator: "/")
        guard pattern.count == segments.count else { return nil }
        var values: [String: String] = [:]
        for (part, segment) in zip(pattern, segments) {
            if part.hasPrefix("{") {
                values[String(part.dropFirst().dropLast())] = segment
            } else if part != segment {
                return nil
            }
        }
        return values
    }
}

/// A request on its way through a route.
struct Visit: Sendable {
    var request: HTTPRequest
    /// The segments that the route's names stand for.
    var names: [String: String]
    var permissions: Set<Permission>
    /// Whether there is a token with which the bytes of dead letters could be seen.
    var hasPayloadToken: Bool
    var source: any PipelineSource

    /// What is known.
    /// - Throws: 503 before the first look.
    var snapshot: PipelineSnapshot {
        get throws(SiteError) {
            guard source.isObserving else { throw .notHere }
            guard let snapshot = source.snapshot else { throw .notYet }
            return snapshot
        }
    }

    /// Whether the bytes of dead letters are asked for.
    /// - Throws: 403 where no token allows it, or not this one; a page asks for another one.
    func wantsBytes(_ kind: Route.Kind) throws(SiteError) -> Bool {
        guard try flag("bytes") else { return false }
        guard hasPayloadToken else { throw .notConfigured(.payloads) }
        guard permissions.contains(.payloads) else {
            throw SiteError(
                status: kind == .page ? 401 : 403, code: "permission",
                message: "The bytes of dead letters need the token of 'http.tokens.payloads'"
                    + (kind == .page ? ", given as the password." : "."),
                headers: kind == .page ? [("WWW-Authenticate", "Basic realm=\"millrace payloads\"")] : [])
        }
        return true
    }

    func text(_ name: String) throws(SiteError) -> String? {
        let values = request.target.query.filter { $0.name == name }
        guard values.count <= 1 else { throw .badQuery(name, expected: "given once") }
        return values.first?.value
    }

    func integer(_ name: String, in range: ClosedRange<Int>, default standard: Int) throws(SiteError) -> Int {
        guard let text = try text(name) else { return standard }
        guard let value = Int(text), range.contains(value) else {
            throw .badQuery(name, expected: "a whole number of \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }

    func flag(_ name: String) throws(SiteError) -> Bool {
        switch try text(name) {
        case nil, "false": return false
        case "true", "": return true
        default: throw .badQuery(name, expected: "true or false")
        }
    }
}
