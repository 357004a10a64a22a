import CMicrohttpd
import Dispatch
import Synchronization

#if canImport(Glibc)
    import Glibc
#else
    import Musl
#endif

/// An HTTP/1.1 server on libmicrohttpd, for a few hundred connections at a time: one thread moves bytes, handlers run as
/// tasks. What a client may cost is bounded on every side, see `HTTPServerSettings`.
public final class HTTPServer: Sendable {
    public typealias Handler = @Sendable (HTTPRequest) async -> HTTPResponse

    struct State {
        var isStopping = false
        var exchanges: [ObjectIdentifier: Exchange] = [:]
        var connections: [ObjectIdentifier: ServedConnection] = [:]
        var streams = 0
        /// Of answers that clients have yet to take.
        var waitingBytes = 0
    }

    /// The port that it listens on.
    public let port: UInt16
    let settings: HTTPServerSettings
    private let listener: Int32
    let handler: Handler
    let executor = HandlerExecutor()
    let state = Mutex(State())
    /// Set up before the server is handed out; cancelling is allowed from any thread.
    private nonisolated(unsafe) let watch: any DispatchSourceTimer
    /// The library's object is made once, used by its own functions from any thread as it allows, and ended by `stop`.
    private nonisolated(unsafe) let daemon: OpaquePointer
    /// Where the library puts its last complaint.
    private nonisolated(unsafe) let complaint: UnsafeMutablePointer<CChar>
    private let context: ServerContext

    /// Listens, and serves until `stop`.
    /// - Throws: `HTTPServerError` with what to change.
    public static func start(_ settings: HTTPServerSettings, handler: @escaping Handler) throws(HTTPServerError)
        -> HTTPServer
    {
        let listener = try ListeningSocket.open(host: settings.host, port: settings.port)
        return try HTTPServer(settings, listener: listener, handler: handler)
    }

    private init(
        _ settings: HTTPServerSettings, listener: (socket: Int32, port: UInt16), handler: @escaping Handler
    ) throws(HTTPServerError) {
        self.settings = settings
        self.listener = listener.socket
        self.handler = handler
        port = listener.port
        complaint = .allocate(capacity: 256)
        complaint.initialize(repeating: 0, count: 256)
        let context = ServerContext()
        var options = cmicrohttpd_settings()
        options.listening_socket = listener.socket
        // A few more than are kept: whoever comes then is let in before another has gone.
        options.connection_limit = UInt32(settings.connectionLimit + 8)
        options.address_limit = UInt32(settings.addressLimit)
        options.idle_seconds = UInt32(max(1, settings.receiveTimeout.components.seconds))
        options.connection_memory = settings.headerBytes
        options.context = Unmanaged.passRetained(context).toOpaque()
        ServerContext.install(in: &options)
        let complaint = complaint
        func begin(_ certificate: UnsafePointer<CChar>?, _ key: UnsafePointer<CChar>?) -> OpaquePointer? {
            options.certificate = certificate
            options.key = key
            return cmicrohttpd_start(&options, complaint)
        }
        let started =
            if let certificate = settings.certificate {
                certificate.chain.withCString { chain in certificate.key.withCString { begin(chain, $0) } }
            } else {
                begin(nil, nil)
            }
        guard let started else {
            close(listener.socket)
            let reason = String(cString: complaint).trimmingSuffix { $0.isWhitespace }
            complaint.deallocate()
            Unmanaged.passUnretained(context).release()
            throw HTTPServerError(
                settings.certificate == nil ? .system : .certificate,
                "the HTTP server does not start"
                    + (settings.certificate == nil
                        ? "" : " with this certificate and key, expected PEM files that belong together")
                    + (reason.isEmpty ? "" : ": \(reason)"))
        }
        daemon = started
        self.context = context
        watch = DispatchSource.makeTimerSource(queue: DispatchQueue(label: "millrace.http.watch"))
        context.server.withLock { $0 = self }
        watch.setEventHandler { [weak self] in self?.closeOverdue() }
        watch.schedule(deadline: .now() + 1, repeating: 1)
        watch.resume()
    }

    /// Connections, and streams among them, at this moment.
    public var load: (connections: Int, streams: Int) { state.withLock { ($0.connections.count, $0.streams) } }

    /// Answers what is being handled with 503, ends streams and connections, and returns when all is closed. Called once.
    public func stop() {
        let exchanges = state.withLock { state in
            state.isStopping = true
            return Array(state.exchanges.values)
        }
        watch.cancel()
        for exchange in exchanges { exchange.release() }
        MHD_stop_daemon(daemon)
        complaint.deallocate()
        context.server.withLock { $0 = nil }
        Unmanaged.passUnretained(context).release()
    }

    /// A server of the same port with another certificate, for connections that begin from now on. This one keeps those
    /// that it has, until `retire`.
    /// - Throws: `HTTPServerError`, and all is as it was, when certificate and key are not right.
    public func renewed(with certificate: HTTPServerSettings.Certificate) throws(HTTPServerError) -> HTTPServer {
        let socket = fcntl(listener, F_DUPFD_CLOEXEC, 0)
        guard socket >= 0 else {
            throw HTTPServerError(.system, "cannot share the port: \(String(cString: strerror(errno)))")
        }
        var settings = settings
        settings.certificate = certificate
        return try HTTPServer(settings, listener: (socket, port), handler: handler)
    }

    /// Takes no new connection, lets what is being answered come to its end, streams excepted, and stops.
    /// - Parameter limit: after which what is being answered is cut off.
    public func retire(within limit: Duration) {
        // Given back by the library, which does not shut it down then: another server may listen on it.
        let socket = MHD_quiesce_daemon(daemon)
        let end = ContinuousClock.now + limit
        while state.withLock({ $0.exchanges.count > $0.streams }), ContinuousClock.now < end { usleep(20_000) }
        stop()
        if socket >= 0 { close(socket) }
    }

    /// Suspends a connection, unless the server is stopping: the library cannot end while one is suspended.
    func suspend(_ connection: OpaquePointer) -> Bool {
        state.withLock { state in
            guard !state.isStopping else { return false }
            MHD_suspend_connection(connection)
            return true
        }
    }

    /// Lets those go who took too long. Under the lock, since a socket is forgotten, under the same lock, before its number
    /// can be given to another.
    private func closeOverdue() {
        let now = ContinuousClock.now
        state.withLock { state in
            for connection in state.connections.values where connection.isOverdue(at: now) { connection.letGo() }
        }
    }
}

extension String {
    fileprivate func trimmingSuffix(while matches: (Character) -> Bool) -> String {
        var text = self[...]
        while let last = text.last, matches(last) { text.removeLast() }
        return String(text)
    }
}
