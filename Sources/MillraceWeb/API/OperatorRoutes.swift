import Foundation
import HTTPServer
import Millrace

/// What operators ask for: each is a message on a control topic, and what becomes of it is seen there.
enum OperatorRoutes {
    struct Sent: Codable {
        var request: String
        var source: String
    }

    /// The members that a body may have; each route takes some of them.
    private struct Body: Decodable {
        var reason: String?
        var requester: String?
        var version: Int?
        var replaces: Int?
        var force: Bool?
        var dryRun: Bool?
        var parameters: [String: String]?
    }

    /// What every request says.
    private struct Asked {
        var reason: String
        var requester: String
    }

    static let routes = [
        post("retrain", ["dryRun", "parameters"]) { asked, body, _ in
            let parameters = body.parameters ?? [:]
            return .retrain(
                RetrainRequested(
                    reason: asked.reason, requester: asked.requester, parameters: parameters.isEmpty ? nil : parameters,
                    dryRun: body.dryRun))
        },
        post("promote", ["version", "replaces", "force"]) { asked, body, visit in
            guard let version = body.version else {
                throw SiteError.unfit("Expected 'version', the number to promote.")
            }
            guard try visit.snapshot.view.publish.versions[version] != nil else {
                throw SiteError.unfit("There is no version \(version).")
            }
            return .promote(
                PromoteRequested(
                    version: version, replaces: try replaced(body, visit), requester: asked.requester,
                    reason: asked.reason, force: body.force))
        },
        post("rollback", ["version", "replaces", "force"]) { asked, body, visit in
            .rollback(
                RollbackRequested(
                    version: body.version.map { String($0) } ?? "previous", replaces: try replaced(body, visit),
                    requester: asked.requester, reason: asked.reason, force: body.force))
        },
        post("hold", []) { asked, _, _ in .hold(HoldRequested(requester: asked.requester, reason: asked.reason)) },
        post("resume", []) { asked, _, _ in
            .resume(ResumeRequested(requester: asked.requester, reason: asked.reason))
        },
    ]

    /// The champion that the requester believes in force: the one they name, 0 for none, or the one known here.
    private static func replaced(_ body: Body, _ visit: Visit) throws -> Int? {
        guard let named = body.replaces else { return try visit.snapshot.view.publish.champion }
        return named == 0 ? nil : named
    }

    private static func post(
        _ name: String, _ members: [String],
        make: @escaping @Sendable (Asked, Body, Visit) throws -> OperatorRequest
    ) -> Route {
        Route("POST", "/api/v1/\(name)", .api, .write) { visit in
            let body = try read(visit.request, members: ["reason", "requester"] + members)
            let reason = body.reason?.trimmingCharacters(in: .whitespacesAndNewlines) ?? ""
            guard (1...2000).contains(reason.count) else {
                throw SiteError.unfit("Expected 'reason', 1 to 2000 characters: it is kept with the decision.")
            }
            let requester = body.requester?.trimmingCharacters(in: .whitespacesAndNewlines) ?? "http"
            guard (1...100).contains(requester.count) else {
                throw SiteError.unfit("Expected 'requester' to have 1 to 100 characters.")
            }
            let id = try visit.source.send(try make(Asked(reason: reason, requester: requester), body, visit))
            return try Answer.json(Sent(request: id.id, source: id.source), status: 202)
        }
    }

    private static func read(_ request: HTTPRequest, members: [String]) throws -> Body {
        let type = request.headers["Content-Type"]?.split(separator: ";").first?.trimmingCharacters(in: .whitespaces)
        guard type?.lowercased() == "application/json" else {
            throw SiteError(
                status: 415, code: "media-type",
                message: "Expected 'Content-Type: application/json', found \(type.map { "'\($0)'" } ?? "none").")
        }
        // The token already proves that no other site asks; this says so in words.
        if let origin = request.headers["Origin"], let host = request.headers["Host"],
            !origin.lowercased().hasSuffix("://" + host.lowercased())
        {
            throw SiteError(
                status: 403, code: "origin", message: "Expected a request of this site, found one of another.")
        }
        guard let value = try? JSONSerialization.jsonObject(with: Data(request.body), options: .fragmentsAllowed)
        else {
            throw SiteError(status: 400, code: "bad-json", message: "Expected a JSON object as body, found no JSON.")
        }
        guard let found = value as? [String: Any] else { throw SiteError.unfit("Expected a JSON object as body.") }
        if let unknown = found.keys.sorted().first(where: { !members.contains($0) }) {
            throw SiteError.unfit("Expected the members \(members.joined(separator: ", ")), found '\(unknown)'.")
        }
        do {
            return try JSONDecoder().decode(Body.self, from: Data(request.body))
        } catch DecodingError.typeMismatch(_, let context) {
            throw SiteError.unfit(
                "Expected another kind of value for '\(context.codingPath.first?.stringValue ?? "body")'.")
        } catch {
            throw SiteError.unfit("Expected values that fit their members.")
        }
    }
}
