import Foundation
import Millrace
import Testing

@Suite struct MessageCodecTests {
    let payload = PartitionsChanged(topic: "transactions", oldCount: 2, newCount: 4, firstWindowStart: nil)

    private func encoded() throws -> OutgoingRecord {
        try MessageCodec.encode(
            payload, pipeline: "fraud", from: Role.ingest.source(of: "fraud"), to: .slices, subject: "transactions",
            causationID: "c1", time: Timestamp(rfc3339: "2018-08-08T00:00:00Z"))
    }

    @Test func whatIsWrittenInBinaryModeIsReadBack() throws {
        let record = try encoded()
        #expect(record.topic == "millrace.fraud.slices")
        let message = try MessageCodec.decode(headers: record.headers, value: record.value)
        #expect(message.envelope.source == "/pipelines/fraud/ingest")
        #expect(message.envelope.causationID == "c1")
        #expect(message.envelope.time?.description == "2018-08-08T00:00:00Z")
        #expect(try message.payload(PartitionsChanged.self) == payload)
    }

    @Test func theIdDependsOnTheIdentityAlone() throws {
        var later = payload
        later.firstWindowStart = Timestamp(microseconds: 5)
        #expect(MessageCodec.id(of: payload, pipeline: "fraud") == MessageCodec.id(of: later, pipeline: "fraud"))
        #expect(MessageCodec.id(of: payload, pipeline: "fraud") != MessageCodec.id(of: payload, pipeline: "other"))
    }

    @Test func structuredModeIsReadToo() throws {
        let text = #"""
            {"specversion":"1.0","id":"7","source":"/teams/risk","type":"dev.millrace.partitions.changed.v1",
             "data":{"topic":"transactions","oldCount":2,"newCount":4}}
            """#
        let message = try MessageCodec.decode(
            headers: [.init("content-type", "application/cloudevents+json; charset=utf-8")], value: Array(text.utf8))
        #expect(message.envelope.id == "7")
        #expect(try message.payload(PartitionsChanged.self) == payload)
    }

    @Test func aMissingAttributeIsNamed() throws {
        let record = try encoded()
        let headers = record.headers.filter { $0.name != "ce_type" }
        let error = #expect(throws: MessageError.self) {
            try MessageCodec.decode(headers: headers, value: record.value)
        }
        #expect(error?.code == .malformed)
        #expect(error?.message.contains("ce_type") == true)
    }

    @Test func aFieldOfTheWrongTypeIsNamed() throws {
        let record = try encoded()
        let value = Array(#"{"topic":"t","oldCount":"two","newCount":4}"#.utf8)
        let message = try MessageCodec.decode(headers: record.headers, value: value)
        let error = #expect(throws: MessageError.self) { try message.payload(PartitionsChanged.self) }
        #expect(error?.code == .invalidData)
        #expect(error?.message.contains("oldCount") == true)
    }

    @Test func aRequestThatItsAnswerCouldNotHoldIsRefusedWhereItIsSentAndWhereItIsRead() throws {
        let request = HoldRequested(requester: "ops", reason: String(repeating: "why ", count: 5000))
        func encode(_ arrow: Arrow) throws(MessageError) -> OutgoingRecord {
            try MessageCodec.encode(request, pipeline: "fraud", from: "/ops", to: arrow)
        }
        let sent = #expect(throws: MessageError.self) { try encode(.requests) }
        #expect(sent?.code == .tooLarge)
        // Only the worker writes to the others, and it says more.
        let record = try encode(.releases)
        let read = #expect(throws: MessageError.self) {
            try ControlRecord(
                arrow: .requests, offset: 0, timestampMilliseconds: nil, headers: record.headers, value: record.value)
        }
        #expect(read?.code == .tooLarge)
        #expect(read?.message.contains("at most 16384 bytes") == true)
        #expect(throws: Never.self) {
            try ControlRecord(
                arrow: .releases, offset: 0, timestampMilliseconds: nil, headers: record.headers, value: record.value)
        }
    }

    @Test func anAttributeWithControlCharactersIsNone() throws {
        var record = try encoded()
        record.headers.removeAll { $0.name == "ce_id" }
        record.headers.append(.init("ce_id", "a\u{1}b"))
        let error = #expect(throws: MessageError.self) {
            try MessageCodec.decode(headers: record.headers, value: record.value)
        }
        #expect(error?.code == .malformed)
    }

    @Test func aDeadLetterFitsIntoAMessageWhateverTheRecordWas() {
        let large = [UInt8](repeating: 34, count: 1_000_000)
        let letter = DeadLetter(
            topic: "t", partition: 0, offset: 1, timestampMilliseconds: 1, stage: .publish, code: "too-large",
            message: String(repeating: "é", count: 5000), key: large, value: large,
            headers: [.init("note", large), .init("ce_id", [49])])
        let record = letter.record(pipeline: "p", payload: .full)
        let bytes =
            (record.key?.count ?? 0) + (record.value?.count ?? 0)
            + record.headers.reduce(0) { $0 + $1.name.utf8.count + ($1.value?.count ?? 0) }
        // A million is what clients send at most unless they are told otherwise.
        #expect(bytes < 990_000)
        #expect(record.value?.count == DeadLetter.maximumValueBytes)
    }

    @Test func noMutationOfAMessageCrashesTheReader() throws {
        let record = try encoded()
        var state: UInt64 = 42
        func random(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        var refused = 0
        for _ in 0..<3000 {
            var value = record.value!
            for _ in 0...random(4) { value[random(value.count)] = UInt8(random(256)) }
            var headers = record.headers
            if random(3) == 0 { headers[random(headers.count)].value = [UInt8(random(256))] }
            do {
                _ = try MessageCodec.decode(headers: headers, value: value).payload(PartitionsChanged.self)
            } catch { refused += 1 }
        }
        #expect(refused > 1000)
    }

    @Test(arguments: [Int64.min, -1, 0, 1_522_540_800_000, .max / 1000, .max])
    func aRecordOfAnyTimestampHasATimeOrNone(milliseconds: Int64) throws {
        let record = try encoded()
        var message = try MessageCodec.decode(headers: record.headers, value: record.value)
        message.envelope.time = nil
        let control = ControlRecord(arrow: .slices, offset: 0, timestampMilliseconds: milliseconds, message: message)
        #expect(control.time.map { $0.microseconds / 1000 } ?? milliseconds == milliseconds)
    }
}
