import Foundation
import Millrace

/// Control messages and what else stands in headers and in the metadata of offsets.
enum MessageDecoders {
    static let all = [
        FuzzedDecoder(name: "control messages", share: 150, seeds: MessageSamples.records, words: words) {
            let machine = try MessageSamples.trainer()
            return { record in
                let (headers, value) = split(record)
                let message: ReceivedMessage
                do throws(MessageError) {
                    message = try MessageCodec.decode(headers: headers, value: value)
                    guard let type = MessageSamples.types.first(where: { $0.type == message.envelope.type }) else {
                        return .rejected("a type that nobody knows")
                    }
                    try read(type, of: message)
                } catch { return .rejected("\(error.code.rawValue): \(error.message.suffix(60))") }
                if message.isA(RetrainRequested.self) {
                    // Anyone may ask: a request must not only be read, it must be answered.
                    var machine = machine
                    let id = RequestID(source: message.envelope.source, id: message.envelope.id)
                    let request = try message.payload(RetrainRequested.self)
                    _ = machine.handle(request, id: id, offset: 0)
                }
                return .accepted
            }
        },
        FuzzedDecoder(
            name: "dead letters", share: 20, seeds: [bytes(of: MessageSamples.letter)],
            words: ["millrace.dlq.offset", "millrace.dlq.partition: ", "ingest", "\n", ": "]
        ) {
            { record in
                let (headers, value) = split(record)
                return DeadLetter(headers: headers, key: nil, value: value) == nil
                    ? .rejected("not a dead letter") : .accepted
            }
        },
        FuzzedDecoder(
            name: "resume notes", share: 20,
            seeds: [
                "millrace1 seq=4 rewind=1200 watermark=1522540800000000 sealed=1522537200000000", "millrace1 rewind=0",
            ]
            .map { Array($0.utf8) }, words: ["millrace1", "seq=", "rewind=", "watermark=", "sealed=", " ", "="]
        ) {
            { record in
                guard let note = ResumeNote(String(decoding: record, as: UTF8.self)) else {
                    return .rejected("somebody else's text")
                }
                return ResumeNote(note.text) == note ? .accepted : .rejected("")
            }
        },
        FuzzedDecoder(
            name: "trace contexts", share: 10,
            seeds: [Array("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".utf8)], words: ["-", "ff", "00"]
        ) {
            { record in
                TraceContext(String(decoding: record, as: UTF8.self)) == nil ? .rejected("no traceparent") : .accepted
            }
        },
    ]

    private static let words = [
        "ce_type", "ce_id", "ce_source", "ce_specversion: 1.0\n", "content-type: application/cloudevents+json\n",
        "\"window\":", "\"start\":", "\"end\":", "\"reason\":", "\"version\":", "\"offsets\":{", "null", "[]", "{}",
        "\"data_base64\":\"", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", "2262-04-11T23:47:16.854775807Z",
    ]

    private static func read<P: Payload>(_ type: P.Type, of message: ReceivedMessage) throws(MessageError) {
        _ = try message.payload(type).identity
    }

    /// Headers as lines of `name: value`, an empty line, the value.
    static func bytes(of record: OutgoingRecord) -> [UInt8] {
        var bytes: [UInt8] = []
        for header in record.headers { bytes += Array("\(header.name): ".utf8) + (header.value ?? []) + [10] }
        return bytes + [10] + (record.value ?? [])
    }

    private static func split(_ record: [UInt8]) -> ([OutgoingRecord.Header], [UInt8]?) {
        var headers: [OutgoingRecord.Header] = []
        var rest = record[...]
        while let end = rest.firstIndex(of: 10), end > rest.startIndex {
            let line = rest[..<end]
            let colon = line.firstIndex(of: 58) ?? line.endIndex
            headers.append(
                .init(
                    String(decoding: line[..<colon], as: UTF8.self),
                    colon == line.endIndex ? nil : Array(line[colon...].dropFirst(2))))
            rest = rest[(end + 1)...]
        }
        return (headers, rest.isEmpty ? nil : Array(rest.dropFirst()))
    }
}
