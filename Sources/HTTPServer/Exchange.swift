import CMicrohttpd
import Synchronization

/// One request and its answer.
///
/// The library drives it from its thread, callback by callback. While the handler works the connection is suspended, so
/// that the thread serves others; the answer resumes it.
final class Exchange: Sendable {
    enum Step {
        /// Read on.
        case proceed
        /// The request is whole: suspend the connection, then `handle`.
        case handle(HTTPRequest)
        case respond(HTTPResponse)
    }

    private enum Phase {
        /// The request line has come.
        case line
        /// The headers have come; the body may follow.
        case body
        /// The connection is suspended.
        case handling
        case answered(HTTPResponse)
        case over
    }

    private struct State {
        var phase = Phase.line
        var headers = HTTPHeaders()
        var body: [UInt8] = []
        var isTooLarge = false
        /// Valid while the phase is `handling`.
        nonisolated(unsafe) var connection: OpaquePointer?
        var stream: ResponseStream?
        var waitingBytes = 0
    }

    private let target: String
    private let bodyLimit: Int
    private let state = Mutex(State())

    /// Of its answer, as the server counts it.
    var waitingBytes: Int {
        get { state.withLock { $0.waitingBytes } }
        set { state.withLock { $0.waitingBytes = newValue } }
    }

    init(target: String, bodyLimit: Int) {
        self.target = target
        self.bodyLimit = bodyLimit
    }

    /// What follows from what the library hands over.
    func advance(method: String, headers: () -> HTTPHeaders, upload: UnsafeRawBufferPointer) -> Step {
        state.withLock { state in
            switch state.phase {
            case .line:
                state.headers = headers()
                state.phase = .body
                return refusal(state.headers).map { .respond($0) } ?? .proceed
            case .body:
                guard upload.isEmpty else {
                    // A body that is too large is read to its end, so that its sender gets to read the answer; patience
                    // with that ends as with every request.
                    state.isTooLarge = state.isTooLarge || state.body.count + upload.count > bodyLimit
                    if state.isTooLarge { state.body = [] } else { state.body += upload }
                    return .proceed
                }
                if state.isTooLarge { return .respond(tooLarge) }
                guard let target = HTTPTarget(target) else {
                    return .respond(.plain(400, "The request's target is malformed."))
                }
                let request = HTTPRequest(method: method, target: target, headers: state.headers, body: state.body)
                state.body = []
                return .handle(request)
            case .answered(let response):
                state.phase = .over
                return .respond(response)
            case .handling, .over: return .proceed
            }
        }
    }

    /// What can be said before a body is read.
    private func refusal(_ headers: HTTPHeaders) -> HTTPResponse? {
        let lengths = headers.all("Content-Length")
        if lengths.count > 1 || !lengths.isEmpty && !headers.all("Transfer-Encoding").isEmpty {
            return .plain(400, "The request says its length twice.")
        }
        guard let length = lengths.first else { return nil }
        guard let count = UInt64(length) else { return .plain(400, "The request's Content-Length is no number.") }
        return count > UInt64(bodyLimit) ? tooLarge : nil
    }

    private var tooLarge: HTTPResponse { .plain(413, "Expected a body of at most \(bodyLimit) bytes.") }

    /// The connection has been suspended for the handler.
    func suspend(_ connection: OpaquePointer) {
        state.withLock { state in
            state.phase = .handling
            state.connection = connection
        }
    }

    /// Takes the handler's answer, or the server's own when it stops first; the second is ignored.
    func answer(_ response: HTTPResponse) {
        state.withLock { state in
            guard case .handling = state.phase, let connection = state.connection else { return }
            state.phase = .answered(response)
            state.connection = nil
            MHD_resume_connection(connection)
        }
    }

    func attach(_ stream: ResponseStream) { state.withLock { $0.stream = stream } }

    /// Lets go of a connection that the server would otherwise wait for.
    func release() {
        answer(.plain(503, "The server is stopping."))
        state.withLock { $0.stream }?.finish()
    }
}
