import Millrace
import Testing

@Suite struct DeadLetterTests {
    private func letter(key: Int = 5, value: Int = 10, headers: [OutgoingRecord.Header] = []) -> DeadLetter {
        DeadLetter(
            topic: "events", partition: 1, offset: 7, timestampMilliseconds: 12, stage: .ingest, code: "bad-json",
            message: String(repeating: "🧨", count: 5000), key: Array(repeating: 1, count: key),
            value: Array(repeating: 2, count: value), headers: headers)
    }

    private func bytes(_ record: OutgoingRecord) -> Int {
        record.headers.reduce((record.key?.count ?? 0) + (record.value?.count ?? 0)) {
            $0 + $1.name.utf8.count + ($1.value?.count ?? 0) + 10
        }
    }

    private func text(_ record: OutgoingRecord, _ name: String) -> String? {
        record.headers.last { $0.name == "millrace.dlq.\(name)" }?.value.map { String(decoding: $0, as: UTF8.self) }
    }

    private func read(_ record: OutgoingRecord) throws -> DeadLetter {
        try #require(DeadLetter(headers: record.headers, key: record.key, value: record.value))
    }

    @Test func aSmallRecordIsKeptWhole() throws {
        let headers: [OutgoingRecord.Header] = [.init("trace", "abc"), .init("empty", nil as [UInt8]?)]
        let found = try read(letter(headers: headers).record(pipeline: "p", payload: .full))
        #expect(found.headers == headers)
        #expect(found.value?.count == 10 && found.key?.count == 5 && !found.isCut)
    }

    @Test(
        "whatever its parts, a letter is below what brokers take, and says what is missing",
        arguments: [(5, 10, 1, 2_000_000), (5, 10, 200_000, 10), (900_000, 950_000, 3, 300_000), (60_000, 10, 0, 0)])
    func alwaysFindsRoom(key: Int, value: Int, count: Int, size: Int) throws {
        let headers = (0..<count).map { OutgoingRecord.Header("h\($0)", Array(repeating: 65, count: size)) }
        let record = letter(key: key, value: value, headers: headers).record(pipeline: "p", payload: .full)
        #expect(bytes(record) < 1_000_000)
        let found = try read(record)
        #expect(found.isCut)
        #expect(found.headers == Array(headers.prefix(found.headers.count)))
        #expect(text(record, "headers-missing").flatMap { Int($0) } == (count == 0 ? nil : count - found.headers.count))
        #expect(text(record, "key-size") == (key > 50_000 ? "\(key)" : nil))
        #expect(text(record, "size") == (value > 900_000 ? "\(value)" : nil))
    }

    @Test func aRecordCannotPassItsOwnHeadersForTheLetters() throws {
        let record = letter(headers: [.init("millrace.dlq.offset", "99"), .init("millrace.dlq.size", "1")]).record(
            pipeline: "p", payload: .full)
        #expect(try read(record).offset == 7)
        #expect(text(record, "size") == nil)
        #expect(text(record, "headers-missing") == "2")
    }

    @Test func aReferenceHoldsNothingOfTheRecord() throws {
        let record = letter(headers: [.init("secret", "x")]).record(pipeline: "p", payload: .reference)
        #expect(record.key == nil && record.value == nil)
        #expect(record.headers.allSatisfy { $0.name.hasPrefix("millrace.dlq.") })
        #expect(try !read(record).isCut)
    }
}
