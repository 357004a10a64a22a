import CommandLine
import Foundation
import HTTPServer
import Millrace
import MillraceWeb
import MillraceWorker

/// Serves a worker's pages for as long as it runs.
enum WebService {
    /// - Returns: what serves them; nil where HTTP is off, or its usual port belongs to another process.
    /// - Throws: `CommandFailure` when what was asked for cannot be served.
    static func start(_ worker: Worker, pipeline: Pipeline, options: Worker.Options, log: Log) throws -> ServedPages? {
        let http = pipeline.http
        if http.listen == .off { return nil }
        if let objection = http.objection { throw CommandFailure("http: \(objection).", exitCode: .configuration) }
        var address = ListenAddress.standard
        if case .at(let chosen) = http.listen { address = chosen }

        var tokens: [Permission: String] = [:]
        tokens[.read] = http.tokens.read
        tokens[.write] = http.tokens.write
        tokens[.payloads] = http.tokens.payloads
        let source = WorkerSource(worker, pipeline: pipeline, options: options)
        let site = Site(source: source, access: AccessTokens(tokens), isLoopbackOnly: address.isLoopback)
        var settings = HTTPServerSettings(host: address.host, port: address.port)
        settings.certificate = try http.certificate.map(certificate)
        do {
            let server = try HTTPServer.start(settings) { await site.respond($0) }
            let pages = ServedPages(
                server, certificate: settings.certificate, files: http.certificate, log: log)
            site.count { [weak pages] in pages?.connections ?? 0 }
            log.info(
                "http", "listening",
                [
                    "address":
                        "\(http.certificate == nil ? "http" : "https")://\(ListenAddress(host: address.host, port: server.port))"
                ])
            return pages
        } catch let error where error.code == .addressInUse && http.listen == nil {
            log.warning(
                "http", "no pages from this process: another listens on the usual port",
                ["address": address, "advice": "give this one an address with --http, or set http.listen"])
            return nil
        } catch {
            throw CommandFailure("http: \(error.message). Choose another with --http or 'http.listen'.")
        }
    }

    static func certificate(_ files: HTTPSettings.Certificate) throws -> HTTPServerSettings.Certificate {
        func text(_ path: String) throws -> String {
            do {
                return String(decoding: try DurableFile.read(path, limit: 1 << 20), as: UTF8.self)
            } catch {
                throw CommandFailure("http.certificate: \(error.message)", exitCode: .configuration)
            }
        }
        return .init(chain: try text(files.chain), key: try text(files.key))
    }
}
