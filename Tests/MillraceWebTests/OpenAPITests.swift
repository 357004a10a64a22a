import Foundation
import HTTPServer
import Millrace
import TestSupport
import Testing
import YAML

@testable import MillraceWeb

/// `docs/openapi.yaml` against what is really answered.
@Suite struct OpenAPITests {
    private static let file = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../docs/openapi.yaml")
    private let document: [String: Any]

    init() throws {
        let node = try YAMLDocument.parse(try String(contentsOf: Self.file, encoding: .utf8))
        document = try #require(Self.value(node) as? [String: Any])
    }

    /// By a validator that is not ours.
    @Test(
        .enabled(
            if: Python.has("openapi_spec_validator", "yaml"), "needs python3 with openapi-spec-validator"))
    func theDocumentIsValidOpenAPI() throws {
        try Python.run(
            """
            import sys, yaml
            from openapi_spec_validator import OpenAPIV31SpecValidator
            OpenAPIV31SpecValidator(yaml.safe_load(open(sys.argv[1]))).validate()
            """, arguments: [Self.file.path])
    }

    @Test func everyRouteIsDocumentedAndNothingElse() throws {
        let site = Site(source: StagedSource(nil), access: AccessTokens([:]), isLoopbackOnly: true)
        let paths = try #require(document["paths"] as? [String: [String: Any]])
        let documented = paths.flatMap { path, methods in methods.keys.map { "\($0.uppercased()) \(path)" } }
        #expect(Set(documented) == Set(site.programRoutes.map { "\($0.method) \($0.path)" }))
    }

    @Test func everyAnswerIsAsItIsDocumented() async throws {
        let token = "write-token-0123456789"
        let payloads = "payload-token-0123456789"
        let source = StagedSource(try Stage.snapshot(lag: 40), letters: Stage.letters)
        let tokens: [Permission: String] = [.write: token, .payloads: payloads]
        let site = Site(source: source, access: AccessTokens(tokens), isLoopbackOnly: true)
        let early = Site(source: StagedSource(nil), access: AccessTokens(tokens), isLoopbackOnly: true)
        let closed = Site(
            source: source, access: AccessTokens([.read: "read-token-0123456789"]), isLoopbackOnly: true)
        var seen: Set<String> = []
        func check(
            _ site: Site, _ method: String, _ template: String, _ target: String, token: String? = nil,
            body: String? = nil, type: String = "application/json"
        ) async throws {
            var headers: HTTPHeaders = ["Host": "localhost"]
            if let token { headers.add("Authorization", "Bearer \(token)") }
            if body != nil { headers.add("Content-Type", type) }
            let response = await site.respond(
                HTTPRequest(
                    method: method, target: try #require(HTTPTarget(target)), headers: headers,
                    body: Array((body ?? "").utf8)))
            let place = "\(method) \(target): \(response.status)"
            let operation = try #require(at("paths", template, method.lowercased()) as? [String: Any], "\(place)")
            let responses = try #require(operation["responses"] as? [String: Any])
            let documented = try #require(responses[String(response.status)], "\(place) is not documented")
            let content = try #require((resolve(documented) as? [String: Any])?["content"] as? [String: Any])
            let type = try #require(response.headers["Content-Type"]?.split(separator: ";").first.map(String.init))
            let schema = try #require((content[type] as? [String: Any])?["schema"], "\(place) as \(type)")
            guard case .bytes(let bytes) = response.body else { throw CancellationError() }
            seen.insert("\(method) \(template)")
            guard type == "application/json" else { return }
            let value = try JSONSerialization.jsonObject(with: Data(bytes))
            #expect(problems(value, schema, at: "$") == [], "\(place)")
        }
        for (method, path) in site.programRoutes where method == "GET" {
            let target = path.replacing("{run}", with: "run-000010").replacing("{version}", with: "10")
            try await check(site, "GET", path, target)
            if path.hasPrefix("/api") { try await check(early, "GET", path, target) }
            if path != "/healthz", path != "/readyz" { try await check(closed, "GET", path, target) }
        }
        try await check(early, "GET", "/readyz", "/readyz")
        try await check(site, "GET", "/api/v1/lag", "/api/v1/lag?group=none")
        try await check(site, "GET", "/api/v1/lag", "/api/v1/lag?limit=2")
        try await check(site, "GET", "/api/v1/lag", "/api/v1/lag?limit=0")
        try await check(site, "GET", "/api/v1/runs", "/api/v1/runs?limit=x")
        try await check(site, "GET", "/api/v1/runs", "/api/v1/runs?before=none")
        try await check(site, "GET", "/api/v1/runs/{run}", "/api/v1/runs/none")
        try await check(site, "GET", "/api/v1/models/{version}", "/api/v1/models/none")
        try await check(site, "GET", "/api/v1/dead-letters", "/api/v1/dead-letters?bytes=true")
        try await check(site, "GET", "/api/v1/dead-letters", "/api/v1/dead-letters?bytes=true", token: payloads)
        for name in ["retrain", "promote", "rollback", "hold", "resume"] {
            let path = "/api/v1/\(name)"
            let good = name == "promote" ? #"{"reason":"x","version":1}"# : #"{"reason":"x"}"#
            try await check(site, "POST", path, path, token: token, body: good)
            try await check(site, "POST", path, path, token: token, body: "{")
            try await check(site, "POST", path, path, token: token, body: "{}")
            try await check(site, "POST", path, path, token: token, body: good, type: "text/plain")
            try await check(site, "POST", path, path, body: good)
            try await check(site, "POST", path, path, token: payloads, body: good)
        }
        #expect(seen.count == site.programRoutes.count)
    }

    @Test func theCheckFindsWhatDoesNotFit() throws {
        let schema = at("components", "schemas", "CatchUp") as Any
        #expect(problems(["kind": "later", "seconds": 3], schema, at: "$") == [])
        #expect(problems(["kind": "soon"], schema, at: "$").count == 1)
        #expect(problems(["seconds": 3], schema, at: "$").count == 1)
        #expect(problems(["kind": "done", "more": 1], schema, at: "$").count == 1)
        #expect(problems(["kind": "done", "seconds": "3"], schema, at: "$").count == 1)
    }

    // MARK: JSON Schema, as far as the document uses it

    private func problems(_ value: Any, _ schema: Any, at path: String) -> [String] {
        guard let schema = resolve(schema) as? [String: Any] else { return ["\(path): no schema"] }
        if let allowed = schema["enum"] as? [String], !allowed.contains(value as? String ?? "") {
            return ["\(path): \(value) is none of \(allowed)"]
        }
        switch schema["type"] as? String {
        case "string":
            guard let text = value as? String else { return ["\(path): no string"] }
            let isTime = schema["format"] as? String == "date-time"
            return isTime && Timestamp(rfc3339: text) == nil ? ["\(path): no time"] : []
        case "integer":
            return (value as? NSNumber).map { $0.doubleValue == $0.doubleValue.rounded() } == true
                ? [] : ["\(path): no integer"]
        case "number": return value is NSNumber ? [] : ["\(path): no number"]
        case "boolean": return value is Bool ? [] : ["\(path): no boolean"]
        case "array":
            guard let items = value as? [Any] else { return ["\(path): no array"] }
            return items.enumerated().flatMap { problems($1, schema["items"] as Any, at: "\(path)[\($0)]") }
        case "object":
            guard let object = value as? [String: Any] else { return ["\(path): no object"] }
            let properties = schema["properties"] as? [String: Any] ?? [:]
            var found = (schema["required"] as? [String] ?? []).filter { object[$0] == nil }.map { "\(path): no \($0)" }
            for (name, member) in object {
                if let property = properties[name] {
                    found += problems(member, property, at: "\(path).\(name)")
                } else if schema["additionalProperties"] is [String: Any] {
                    found += problems(member, schema["additionalProperties"] as Any, at: "\(path).\(name)")
                } else if schema["additionalProperties"] as? String != "true" {
                    found.append("\(path): \(name) is not documented")
                }
            }
            return found
        default: return ["\(path): a schema without a type"]
        }
    }

    private func resolve(_ schema: Any) -> Any {
        guard let reference = (schema as? [String: Any])?["$ref"] as? String else { return schema }
        return at(reference.dropFirst(2).split(separator: "/").map(String.init)) as Any
    }

    private func at(_ path: String...) -> Any? { at(path) }
    private func at(_ path: [String]) -> Any? {
        path.reduce(document as Any?) { ($0 as? [String: Any])?[$1] }
    }

    /// Mappings, sequences, and texts for everything else.
    private static func value(_ node: Node) -> Any {
        switch node.content {
        case .scalar(let scalar): scalar.text
        case .sequence(let nodes): nodes.map(value)
        case .mapping(let entries): Dictionary(uniqueKeysWithValues: entries.map { ($0.key, value($0.value)) })
        }
    }
}
