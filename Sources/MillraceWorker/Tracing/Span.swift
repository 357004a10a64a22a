import Foundation
import Millrace

/// A finished span, as OTLP wants it.
struct Span: Sendable {
    var hop: TraceHop
    var name: String
    var end: Timestamp
    var attributes: [(name: String, value: String)]

    init(_ hop: TraceHop, name: String, end: Timestamp, attributes: [(name: String, value: String)]) {
        (self.hop, self.name, self.end, self.attributes) = (hop, name, end, attributes)
    }

    /// The span of a message that was committed; nil for one without a trace, or with one that is not exported.
    init?(_ record: OutgoingRecord, offset: Int64?, end: Timestamp) {
        guard let hop = record.hop, hop.context.isSampled else { return nil }
        func attribute(_ name: String) -> String? {
            record.headers.first { $0.name == name }?.value.map { String(decoding: $0, as: UTF8.self) }
        }
        let type = attribute("ce_type") ?? ""
        var attributes = [("messaging.system", "kafka"), ("messaging.destination.name", record.topic)]
        if let offset { attributes.append(("messaging.kafka.offset", "\(offset)")) }
        for (header, name) in [
            ("ce_id", "messaging.message.id"), ("ce_type", "cloudevents.event_type"),
            ("ce_source", "cloudevents.event_source"), ("ce_subject", "cloudevents.event_subject"),
            ("ce_correlationid", "millrace.run"),
        ] {
            if let value = attribute(header) { attributes.append((name, value)) }
        }
        // `dev.millrace.run.started.v1` is `run.started`.
        let words = type.split(separator: ".").dropFirst(2).dropLast()
        self.init(hop, name: words.joined(separator: "."), end: end, attributes: attributes)
    }

    /// One request of `ExportTraceServiceRequest` in OTLP's JSON encoding: ids in hexadecimal, 64-bit numbers as text.
    static func request(_ spans: [Span], resource: [(name: String, value: String)]) throws -> [UInt8] {
        func list(_ attributes: [(name: String, value: String)]) -> [[String: Any]] {
            attributes.map { ["key": $0.name, "value": ["stringValue": $0.value]] }
        }
        let encoded: [[String: Any]] = spans.map { span in
            var object: [String: Any] = [
                "traceId": span.hop.context.traceID, "spanId": span.hop.context.spanID, "name": span.name,
                // A producer: what follows reads the message later.
                "kind": 4, "startTimeUnixNano": "\(span.hop.begin.microseconds * 1000)",
                "endTimeUnixNano": "\(max(span.end, span.hop.begin).microseconds * 1000)",
                "attributes": list(span.attributes),
            ]
            if let parent = span.hop.parentSpanID { object["parentSpanId"] = parent }
            return object
        }
        let body: [String: Any] = [
            "resourceSpans": [
                [
                    "resource": ["attributes": list(resource)],
                    "scopeSpans": [["scope": ["name": "millrace"], "spans": encoded]],
                ]
            ]
        ]
        return Array(try JSONSerialization.data(withJSONObject: body))
    }
}
