public import HTTPServer
import Millrace
import Synchronization

/// Everything that is answered over HTTP: health, metrics, API, dashboard.
public final class Site: Sendable {
    private let source: any PipelineSource
    private let access: AccessTokens
    private let isLoopbackOnly: Bool
    private let traffic = Traffic()
    private let connections = Mutex<@Sendable () -> Int>({ 0 })
    private let routes: [Route]

    /// - Parameter isLoopbackOnly: bound to loopback. A page elsewhere must not be able to read here under a name of its
    ///   own, so without a token for reading only names of loopback are answered to.
    public init(source: any PipelineSource, access: AccessTokens, isLoopbackOnly: Bool) {
        self.source = source
        self.access = access
        self.isLoopbackOnly = isLoopbackOnly && !access.isConfigured(.read)
        routes =
            HealthRoutes.routes + APIRoutes.routes + OperatorRoutes.routes
            + DashboardRoutes.routes(overview: Overview(source: source), canWrite: access.isConfigured(.write))
    }

    /// Says how many connections the server has.
    public func count(connections: @escaping @Sendable () -> Int) {
        self.connections.withLock { $0 = connections }
    }

    /// Method and path of every route for programs.
    public var programRoutes: [(method: String, path: String)] {
        routes.filter { $0.kind == .api }.map { ($0.method, $0.path) } + [("GET", "/metrics")]
    }

    public func respond(_ request: HTTPRequest) async -> HTTPResponse {
        let start = ContinuousClock.now
        let (response, route) = await answer(request)
        traffic.add(route: route, code: response.status, seconds: (ContinuousClock.now - start).seconds)
        return response.withSafetyHeaders()
    }

    /// - Returns: the answer, and the route as it is named in metrics: never a path that a client makes up.
    private func answer(_ request: HTTPRequest) async -> (HTTPResponse, String) {
        let method = request.method == "HEAD" ? "GET" : request.method
        do {
            try checkHost(request)
            if method == "GET", request.target.path == ["metrics"] {
                do {
                    _ = try permissions(request, for: .read, .api)
                    return (metrics(request), "/metrics")
                } catch {
                    return (Answer.failure(error, isAPI: true), "/metrics")
                }
            }
            let (route, names) = try route(method, request.target.path)
            do {
                let granted = try permissions(request, for: route.permission, route.kind)
                let visit = Visit(
                    request: request, names: names, permissions: granted,
                    hasPayloadToken: access.isConfigured(.payloads), source: source)
                return (try await route.respond(visit), route.path)
            } catch {
                return (Answer.failure(error, isAPI: route.kind == .api), route.path)
            }
        } catch {
            return (Answer.failure(error, isAPI: request.target.path.first == "api"), "other")
        }
    }

    private func route(_ method: String, _ path: [String]) throws(SiteError) -> (Route, [String: String]) {
        var allowed: [String] = path == ["metrics"] ? ["GET"] : []
        for route in routes {
            guard let names = route.match(path) else { continue }
            if route.method == method { return (route, names) }
            allowed.append(route.method)
        }
        guard !allowed.isEmpty else { throw .notFound("such page") }
        if allowed.contains("GET") { allowed.append("HEAD") }
        throw SiteError(
            status: 405, code: "method", message: "Expected \(allowed.joined(separator: " or ")) here.",
            headers: [("Allow", allowed.joined(separator: ", "))])
    }

    private func metrics(_ request: HTTPRequest) -> HTTPResponse {
        let wantsOpenMetrics = request.headers.all("Accept").contains { $0.contains("application/openmetrics-text") }
        let format: MetricsText.Format = wantsOpenMetrics ? .openMetrics : .prometheus
        let page = MetricsPage(source, traffic: traffic.count, connections: connections.withLock { $0 }())
        return HTTPResponse(status: 200, type: format.type, page.text.text(format))
    }

    private func checkHost(_ request: HTTPRequest) throws(SiteError) {
        guard isLoopbackOnly else { return }
        var name = (request.headers["Host"] ?? "").lowercased()[...]
        if let colon = name.lastIndex(of: ":"), !name.hasSuffix("]") { name = name[..<colon] }
        if name.hasPrefix("["), name.hasSuffix("]") { name = name.dropFirst().dropLast() }
        guard ListenAddress(host: String(name), port: 0).isLoopback else {
            throw SiteError(
                status: 421, code: "host",
                message: "Expected to be called localhost or by an address of loopback, found another name. "
                    + "To be read under other names the pipeline needs 'http.tokens.read'.")
        }
    }

    private func permissions(
        _ request: HTTPRequest, for needed: Permission?, _ kind: Route.Kind
    ) throws(SiteError) -> Set<Permission> {
        let credentials = Credentials(request.headers)
        guard let needed else { return access.permissions(credentials.token) ?? [] }
        func unauthorised(_ message: String) -> SiteError {
            SiteError(
                status: 401, code: "token", message: message,
                headers: [("WWW-Authenticate", (kind == .page ? "Basic" : "Bearer") + " realm=\"millrace\"")])
        }
        if case .malformed = credentials {
            throw unauthorised("Expected 'Authorization: Bearer TOKEN', found something else.")
        }
        if case .basic = credentials, needed == .write {
            throw SiteError(
                status: 403, code: "bearer-only",
                message: "Expected the token as 'Authorization: Bearer TOKEN': what a browser sends by itself asks for "
                    + "nothing.")
        }
        guard let granted = access.permissions(credentials.token) else {
            throw unauthorised("Expected a token of this pipeline, found another.")
        }
        if granted.contains(needed) { return granted }
        guard access.isConfigured(needed) else { throw .notConfigured(needed) }
        if case .none = credentials {
            throw unauthorised("Expected a token with the permission '\(needed.rawValue)'.")
        }
        throw SiteError(
            status: 403, code: "permission", message: "The token lacks the permission '\(needed.rawValue)'.")
    }
}
