import HTTPServer
import Millrace

/// `/healthz` and `/readyz`, for those who start and stop processes.
enum HealthRoutes {
    struct Readiness: Codable, Equatable {
        var ready: Bool
        var reasons: [String]
    }

    static let routes = [
        Route("GET", "/healthz", .api, nil) { _ in HTTPResponse(status: 200, type: "text/plain; charset=utf-8", "ok\n")
        },
        Route("GET", "/readyz", .api, nil) { visit in
            let readiness = readiness(of: visit.source, inDetail: visit.permissions.contains(.read))
            return try Answer.json(readiness, status: readiness.ready ? 200 : 503)
        },
    ]

    /// - Parameter inDetail: with the texts of errors, which name brokers, paths and groups: for those who may read.
    static func readiness(of source: any PipelineSource, inDetail: Bool) -> Readiness {
        let roles = source.process.roles
        var reasons = roles.filter { $0.condition == "failing" }
            .map { "\($0.role.rawValue) fails" + (inDetail ? ": \($0.detail)" : "") }
        if roles.isEmpty { reasons.append("no role has started: the brokers, or topics, are waited for") }
        if source.isObserving {
            if let trouble = source.snapshot?.observation.trouble {
                reasons.append("the brokers could not be asked" + (inDetail ? ": \(trouble)" : ""))
            } else if source.snapshot == nil {
                reasons.append("the pipeline has not been looked at yet")
            }
        }
        return Readiness(ready: reasons.isEmpty, reasons: reasons)
    }
}
