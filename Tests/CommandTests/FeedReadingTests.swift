import Foundation
import Millrace
import Testing

@testable import MillraceCommand

/// What reads the bytes of files that others wrote: any bytes at all may come, and none may stop the program.
@Suite struct FeedReadingTests {
    private struct Seeded: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state ^ (state >> 29)
        }
    }

    private func texts(_ line: String) -> [String]? {
        var fields = CSVFields()
        return Array(line.utf8).withUnsafeBytes { line in
            guard fields.read(line) == nil else { return nil }
            return (0..<fields.count).map { fields.with($0, of: line) { String(decoding: $0, as: UTF8.self) } }
        }
    }

    @Test func csvFieldsComeOutAsTheyWereWritten() {
        var generator = Seeded(state: 1)
        let alphabet = ["a", "7", ",", "\"", " ", "é", ""]
        for _ in 0..<5000 {
            let fields = (0..<Int.random(in: 1...5, using: &generator)).map { _ in
                (0..<Int.random(in: 0...6, using: &generator)).map { _ in alphabet.randomElement(using: &generator)! }
                    .joined()
            }
            let line = fields.map { field in
                field.contains(",") || field.contains("\"") || Bool.random(using: &generator)
                    ? "\"" + field.replacing("\"", with: "\"\"") + "\"" : field
            }.joined(separator: ",")
            #expect(texts(line) == fields, "\(line)")
        }
        #expect(texts("\"open,x") == nil)
        #expect(texts("\"a\"b,c") == nil)
    }

    @Test func jsonMembersAreThoseOfTheObject() throws {
        var generator = Seeded(state: 2)
        func value(_ depth: Int) -> Any {
            switch Int.random(in: 0..<(depth > 2 ? 4 : 6), using: &generator) {
            case 0: return Int.random(in: -1000...1000, using: &generator)
            case 1: return "te\"xt}],{\\ \n\(Int.random(in: 0...9, using: &generator))"
            case 2: return Bool.random(using: &generator)
            case 3: return NSNull()
            case 4: return (0..<Int.random(in: 0...3, using: &generator)).map { _ in value(depth + 1) }
            default: return Dictionary(uniqueKeysWithValues: (0..<2).map { ("k\($0)", value(depth + 1)) })
            }
        }
        for round in 0..<2000 {
            let count = Int.random(in: 0...5, using: &generator)
            let object = Dictionary(uniqueKeysWithValues: (0..<count).map { ("n\($0)", value(0)) })
            let options: JSONSerialization.WritingOptions = round % 2 == 0 ? [.sortedKeys] : [.fragmentsAllowed]
            let line = try JSONSerialization.data(withJSONObject: object, options: options)
            var members = JSONMembers()
            try Array(line).withUnsafeBytes { bytes in
                #expect(members.read(bytes) == nil)
                #expect(members.members.count == count)
                for member in members.members {
                    let name = String(decoding: bytes[member.name], as: UTF8.self)
                    let found = try JSONSerialization.jsonObject(
                        with: Data(bytes[member.value]), options: [.fragmentsAllowed])
                    #expect((found as? NSObject) == (object[name] as? NSObject))
                }
            }
        }
    }

    @Test func anyBytesAreReadOrRefusedAndNothingElse() {
        var generator = Seeded(state: 3)
        let pieces = Array("{}[]\",:\\ 0129-+.eETZtruefalsn\u{0}\u{7f}é".utf8)
        var (members, fields) = (JSONMembers(), CSVFields())
        var times = TimeReader(.iso8601)
        var zoned = TimeReader(.iso8601, zone: "Europe/Brussels")
        var unix = TimeReader(.unixSeconds)
        for _ in 0..<50_000 {
            let bytes = (0..<Int.random(in: 0...24, using: &generator)).map { _ in
                pieces.randomElement(using: &generator)!
            }
            bytes.withUnsafeBytes { bytes in
                _ = members.read(bytes)
                if fields.read(bytes) == nil {
                    for index in 0..<fields.count { fields.with(index, of: bytes) { _ = $0.count } }
                }
                _ = times.read(bytes)
                _ = zoned.read(bytes)
                _ = unix.read(bytes)
                // A number by our rule is one by the library's.
                if JSONBytes.isNumber(bytes) {
                    let text = "[" + String(decoding: bytes, as: UTF8.self) + "]"
                    #expect((try? JSONSerialization.jsonObject(with: Data(text.utf8))) != nil, "\(text)")
                }
            }
        }
    }

    @Test func stringsOfAnyBytesThatAreTextBecomeJSON() throws {
        var generator = Seeded(state: 4)
        for _ in 0..<2000 {
            let text = String(
                (0..<8).map { _ in Character(Unicode.Scalar(UInt8.random(in: 0...127, using: &generator))) })
            var output: [UInt8] = []
            Array(text.utf8).withUnsafeBytes { JSONBytes.appendString($0, to: &output) }
            let found = try JSONSerialization.jsonObject(with: Data(output), options: [.fragmentsAllowed]) as? String
            #expect(found == text)
        }
    }

    @Test func timesAgreeWithTheCalendar() {
        var generator = Seeded(state: 5)
        var reader = TimeReader(.iso8601)
        for _ in 0..<5000 {
            let time = Timestamp(
                microseconds: Int64.random(in: -2_000_000_000...4_000_000_000, using: &generator) * 1_000_000)
            for text in [time.description, String(time.description.dropLast())] {
                #expect(Array(text.utf8).withUnsafeBytes { reader.read($0) } == time, "\(text)")
            }
        }
        var brussels = TimeReader(.iso8601, zone: "Europe/Brussels")
        #expect(
            Array("2018-07-01T12:00:00".utf8).withUnsafeBytes { brussels.read($0) }
                == Timestamp(rfc3339: "2018-07-01T10:00:00Z"))
        #expect(
            Array("2018-07-01T12:00:00Z".utf8).withUnsafeBytes { brussels.read($0) }
                == Timestamp(rfc3339: "2018-07-01T12:00:00Z"))
    }

    @Test func aPaceSaysWhenEachEventIsDue() {
        let start = StagedPipeline.day(0).start
        var rate = Pace(.rate(4))
        #expect((0..<3).map { _ in rate.due(start) } == [.zero, .milliseconds(250), .milliseconds(500)])
        var speed = Pace(.speed(3600))
        #expect(speed.due(start) == .zero)
        #expect(speed.due(start + .seconds(7200)) == .seconds(2))
        var unlimited = Pace(.unlimited)
        #expect(unlimited.due(start) == nil)
    }
}
