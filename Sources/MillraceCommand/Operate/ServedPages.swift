import HTTPServer
import Millrace
import MillraceWorker
import Synchronization

/// The server of a worker's pages: another one takes its place when the certificate has changed.
final class ServedPages: Sendable {
    private struct State {
        var server: HTTPServer
        var certificate: HTTPServerSettings.Certificate?
        var isStopped = false
    }

    private let state: Mutex<State>
    private let files: HTTPSettings.Certificate?
    private let log: Log

    /// - Parameters:
    ///   - certificate: that the server has; nil without TLS.
    ///   - files: that it was read from.
    init(
        _ server: HTTPServer, certificate: HTTPServerSettings.Certificate?, files: HTTPSettings.Certificate?, log: Log
    ) {
        state = Mutex(State(server: server, certificate: certificate))
        self.files = files
        self.log = log
    }

    private var server: HTTPServer { state.withLock { $0.server } }
    var port: UInt16 { server.port }
    var connections: Int { server.load.connections }

    /// Reads certificate and key again. When they cannot be used, those from before stay. Called by one thread at a time.
    func renewCertificate() {
        guard let files else { return }
        let (old, known) = state.withLock { ($0.server, $0.certificate) }
        do {
            let certificate = try WebService.certificate(files)
            guard certificate != known else { return }
            let new = try old.renewed(with: certificate)
            let isStopped = state.withLock { state in
                if !state.isStopped { (state.server, state.certificate) = (new, certificate) }
                return state.isStopped
            }
            if isStopped { return new.retire(within: .zero) }
            log.log(max(log.level, .info), "http", "took the new certificate over", ["chain": files.chain])
            old.retire(within: .seconds(5))
        } catch {
            log.error(
                "http", "the new certificate cannot be used: the one from before stays",
                ["chain": files.chain, "key": files.key, "reason": error])
        }
    }

    func stop() {
        let server = state.withLock { state in
            state.isStopped = true
            return state.server
        }
        server.stop()
    }
}
