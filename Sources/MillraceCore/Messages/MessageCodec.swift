public import Foundation

/// CloudEvents 1.0 over Kafka: written in binary mode (attributes as `ce_` headers, the value is the data), read in
/// binary or structured mode.
public enum MessageCodec {
    /// Larger control messages are refused before a transaction begins: one too large aborts it for ever.
    public static let maximumBytes = 900_000
    /// Of a request, headers included. Anyone may send one, decisions repeat what it says, and those that wait stand in
    /// every decision together: sixteen of them twice must fit into a message.
    public static let maximumRequestBytes = 16 << 10

    /// Makes the record of a message, ready to be sent to the arrow's topic.
    ///
    /// The id is a hash of pipeline, type and identity: sent again after a crash it is the same message.
    /// - Parameter time: The time of day, for people. It takes no part in the id.
    public static func encode<P: Payload>(
        _ payload: P, pipeline: String, from source: String, to arrow: Arrow, subject: String? = nil,
        correlationID: String? = nil, causationID: String? = nil, traceParent: String? = nil, time: Timestamp? = nil
    ) throws(MessageError) -> OutgoingRecord {
        let envelope = Envelope(
            id: id(of: payload, pipeline: pipeline), type: P.type, source: source, subject: subject, time: time,
            correlationID: correlationID, causationID: causationID, traceParent: traceParent)
        return try encode(payload, envelope: envelope, pipeline: pipeline, to: arrow)
    }

    /// The same with every attribute given, for messages whose sender chooses the id (requests).
    public static func encode<P: Payload>(
        _ payload: P, envelope: Envelope, pipeline: String, to arrow: Arrow
    ) throws(MessageError) -> OutgoingRecord {
        let data = try json(payload)
        guard data.count <= maximumBytes else {
            throw MessageError(
                .tooLarge,
                "\(P.type) for \(payload.identity.prefix(200)) has \(data.count) bytes; at most \(maximumBytes) can be "
                    + "sent")
        }
        var headers: [OutgoingRecord.Header] = [.init("ce_specversion", "1.0")]
        func add(_ name: String, _ value: String?) {
            if let value { headers.append(.init(name, value)) }
        }
        add("ce_id", envelope.id)
        add("ce_type", envelope.type)
        add("ce_source", envelope.source)
        add("ce_subject", envelope.subject)
        add("ce_time", envelope.time?.description)
        add("ce_correlationid", envelope.correlationID)
        add("ce_causationid", envelope.causationID)
        add("traceparent", envelope.traceParent)
        add("content-type", "application/json")
        try checkSize(of: arrow, headers: headers, value: data)
        return OutgoingRecord(
            topic: arrow.topic(of: pipeline), partition: 0, key: Array(pipeline.utf8), value: data, headers: headers)
    }

    /// Refuses a request that is too large for its answer.
    static func checkSize(
        of arrow: Arrow, headers: [OutgoingRecord.Header], value: [UInt8]?
    ) throws(MessageError) {
        guard arrow.takesRequests else { return }
        let size = headers.reduce(value?.count ?? 0) { $0 + $1.name.utf8.count + ($1.value?.count ?? 0) }
        guard size > maximumRequestBytes else { return }
        throw MessageError(
            .tooLarge,
            "a request has at most \(maximumRequestBytes) bytes with its headers, found \(size): say less in its reason, or "
                + "name a document that says more")
    }

    /// 32 hexadecimal digits that depend on pipeline, type and identity alone.
    public static func id<P: Payload>(of payload: P, pipeline: String) -> String {
        id(type: P.type, identity: payload.identity, pipeline: pipeline)
    }

    public static func id(type: String, identity: String, pipeline: String) -> String {
        Checksum(of: "\(pipeline)\n\(type)\n\(identity)").prefix(32)
    }

    /// JSON with sorted keys: equal values give equal bytes.
    public static func json(_ value: some Encodable) throws(MessageError) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            return Array(try encoder.encode(value))
        } catch {
            throw MessageError(.invalidData, "cannot be written as JSON: \(error)")
        }
    }

    /// Reads the attributes of a message. The data is decoded by `ReceivedMessage.payload(_:)`, once the type is known.
    public static func decode(headers: [OutgoingRecord.Header], value: [UInt8]?) throws(MessageError) -> ReceivedMessage
    {
        var attributes: [String: String] = [:]
        var contentType = ""
        for header in headers {
            guard let bytes = header.value, let text = String(validating: bytes, as: UTF8.self) else { continue }
            let name = header.name.lowercased()
            if name == "content-type" {
                contentType = text
            } else if name.hasPrefix("ce_") {
                attributes[String(name.dropFirst(3))] = text
            } else if name == "traceparent" {
                attributes[name] = text
            }
        }
        if contentType.lowercased().hasPrefix("application/cloudevents+json") {
            return try decodeStructured(value)
        }
        return try received(attributes, data: value.map { Data($0) } ?? Data())
    }

    private static func decodeStructured(_ value: [UInt8]?) throws(MessageError) -> ReceivedMessage {
        guard let value, let object = try? JSONSerialization.jsonObject(with: Data(value)) as? [String: Any] else {
            throw MessageError(.malformed, "expected a CloudEvent as a JSON object, found something else")
        }
        var data = Data()
        if let inner = object["data"] {
            guard let bytes = try? JSONSerialization.data(withJSONObject: inner, options: [.fragmentsAllowed]) else {
                throw MessageError(.malformed, "the CloudEvent's data is not JSON")
            }
            data = bytes
        } else if let text = object["data_base64"] as? String {
            guard let bytes = Data(base64Encoded: text) else {
                throw MessageError(.malformed, "the CloudEvent's data_base64 is not base64")
            }
            data = bytes
        }
        return try received(object.compactMapValues { $0 as? String }, data: data)
    }

    private static func received(_ attributes: [String: String], data: Data) throws(MessageError) -> ReceivedMessage {
        func required(_ name: String) throws(MessageError) -> String {
            guard let value = attributes[name], !value.isEmpty else {
                throw MessageError(
                    .malformed,
                    "expected a CloudEvent 1.0 with the header ce_\(name) (or structured JSON), found none")
            }
            // CloudEvents allows none, and as JSON each would be six bytes.
            guard !value.unicodeScalars.contains(where: { $0.value < 0x20 || 0x7f...0x9f ~= $0.value }) else {
                throw MessageError(.malformed, "the CloudEvent's attribute \(name) has control characters")
            }
            return value
        }
        let version = try required("specversion")
        guard version == "1.0" else {
            throw MessageError(.malformed, "expected CloudEvents 1.0, found specversion '\(version)'")
        }
        let envelope = Envelope(
            id: try required("id"), type: try required("type"), source: try required("source"),
            subject: attributes["subject"], time: attributes["time"].flatMap { Timestamp(rfc3339: $0) },
            correlationID: attributes["correlationid"], causationID: attributes["causationid"],
            traceParent: attributes["traceparent"])
        return ReceivedMessage(envelope: envelope, data: data)
    }
}

/// A control message whose attributes are read and whose data is still bytes.
public struct ReceivedMessage: Sendable, Equatable {
    public var envelope: Envelope
    public var data: Data

    public init(envelope: Envelope, data: Data) {
        self.envelope = envelope
        self.data = data
    }

    public func isA<P: Payload>(_ type: P.Type) -> Bool { envelope.type == P.type }

    /// The data as the payload of the message's type.
    public func payload<P: Payload>(_ type: P.Type) throws(MessageError) -> P {
        guard envelope.type == P.type else {
            throw MessageError(.unknownType, "expected \(P.type), found \(envelope.type)")
        }
        do {
            return try JSONDecoder().decode(P.self, from: data)
        } catch {
            throw MessageError(.invalidData, "\(P.type) (id \(envelope.id)): \(Self.explain(error))")
        }
    }

    private static func explain(_ error: any Error) -> String {
        func place(_ path: [any CodingKey]) -> String {
            path.isEmpty ? "the data" : path.map(\.stringValue).joined(separator: ".")
        }
        switch error as? DecodingError {
        case .keyNotFound(let key, let context)?: return "\(place(context.codingPath + [key])) is missing"
        case .typeMismatch(let type, let context)?: return "\(place(context.codingPath)) is not of type \(type)"
        case .valueNotFound(_, let context)?: return "\(place(context.codingPath)) is null"
        case .dataCorrupted(let context)?: return "\(place(context.codingPath)): \(context.debugDescription)"
        default: return String(describing: error)
        }
    }
}
