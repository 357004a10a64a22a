import Foundation
import TestSupport
import Testing

/// A small OTLP/HTTP receiver in Python, which reads every request with the official definitions.
final class SpanReceiver {
    private let folder: URL
    private let process: Process
    let address: String

    private static let script = """
        import base64, http.server, json, sys
        from google.protobuf import json_format
        from opentelemetry.proto.collector.trace.v1 import trace_service_pb2 as service

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                data = json.loads(self.rfile.read(int(self.headers['content-length'])))
                # OTLP's JSON has ids in hexadecimal where JSON of protocol buffers has base64.
                for resource in data['resourceSpans']:
                    for scope in resource['scopeSpans']:
                        for span in scope['spans']:
                            for key in ('traceId', 'spanId', 'parentSpanId'):
                                if key in span:
                                    span[key] = base64.b64encode(bytes.fromhex(span[key])).decode()
                request = json_format.ParseDict(data, service.ExportTraceServiceRequest())
                assert self.path == '/v1/traces' and self.headers['content-type'] == 'application/json'
                with open(sys.argv[2], 'a') as out:
                    for resource in request.resource_spans:
                        about = {a.key: a.value.string_value for a in resource.resource.attributes}
                        for scope in resource.scope_spans:
                            for span in scope.spans:
                                facts = {a.key: a.value.string_value for a in span.attributes}
                                out.write(json.dumps({
                                    'trace': span.trace_id.hex(), 'span': span.span_id.hex(),
                                    'parent': span.parent_span_id.hex(), 'name': span.name,
                                    'start': span.start_time_unix_nano, 'end': span.end_time_unix_nano,
                                    'namespace': about['service.namespace'], 'id': facts['messaging.message.id'],
                                    'subject': facts.get('cloudevents.event_subject'), 'token': self.headers['authorization']}) + '\\n')
                self.send_response(200)
                self.end_headers()
                self.wfile.write(b'{}')

        http.server.HTTPServer(('127.0.0.1', int(sys.argv[1])), Handler).serve_forever()
        """

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "otlp-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let script = folder.appending(path: "receiver.py")
        try Data(Self.script.utf8).write(to: script)
        let port = try FreePorts.find(1)[0]
        address = "http://127.0.0.1:\(port)"
        process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["python3", script.path, "\(port)", folder.appending(path: "spans").path]
        let errors = folder.appending(path: "errors")
        try Data().write(to: errors)
        process.standardError = try FileHandle(forWritingTo: errors)
        try process.run()
        let probe = try Process.run(
            URL(filePath: "/usr/bin/env"),
            arguments: [
                "python3", "-c",
                """
                import socket, sys, time
                for attempt in range(100):
                    try: socket.create_connection(('127.0.0.1', int(sys.argv[1]))).close(); break
                    except OSError: time.sleep(0.1)
                """, "\(port)",
            ])
        probe.waitUntilExit()
    }

    func spans() throws -> [[String: Any]] {
        let text = (try? String(contentsOf: folder.appending(path: "spans"), encoding: .utf8)) ?? ""
        return try text.split(separator: "\n").map {
            try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
        }
    }

    func stop() {
        // Threads of the test runner block signals, and what they start inherits that.
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        try? FileManager.default.removeItem(at: folder)
    }
}
