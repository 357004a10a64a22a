import Foundation
import Millrace
import Testing

@Suite("Decoding records") struct RecordDecoderTests {
    @Test(
        "keeps decimals exact, as their text says",
        arguments: [
            ("1", "100"), ("57.16", "5716"), ("-0.5", "-50"), ("1e3", "100000"), ("12.5e-1", "125"),
            ("\"3.10\"", "310"),
            ("1.2300", "123"), ("0", "0"), ("-0", "0"), ("0.000", "0"), ("92233720368547758.07", "9223372036854775807"),
            ("92233720368547758.08", "out-of-range"), ("1e30", "out-of-range"), ("1.234", "too-precise"),
            ("1e-3", "too-precise"), ("100000000000000000000000000", "out-of-range"), ("01", "bad-json"),
            ("1.", "bad-json"), (".5", "bad-json"), ("1e", "bad-json"), ("true", "wrong-type"),
            ("\"abc\"", "wrong-type"), ("\"\"", "wrong-type"), ("[1]", "wrong-type"), ("null", "missing-field"),
            ("0.00000000000000000000000000001", "too-precise"), ("1000000000000000000.00e-16", "10000"),
        ])
    func decimals(text: String, expected: String) throws {
        let rows = try DecodedRows([Column(name: "a", type: .decimal(scale: 2))])
        #expect(rows.first("{\"a\":\(text)}") == expected)
    }

    @Test(
        "makes ids of numbers and texts the same text",
        arguments: [
            ("123", "\"123\""), ("\"123\"", "\"123\""), ("\"0123\"", "\"0123\""), ("-5", "\"-5\""),
            ("\"-5\"", "\"-5\""),
            ("9223372036854775807", "\"9223372036854775807\""), ("9223372036854775808", "\"9223372036854775808\""),
            ("99999999999999999999999", "\"99999999999999999999999\""), ("\"\"", "\"\""),
            ("\"K\\u00e4se\\n\"", "\"Käse\n\""),
            ("\"\\ud83d\\ude00\"", "\"😀\""), ("\"\\ud83d\"", "bad-json"), ("\"\\q\"", "bad-json"),
            ("1.5", "wrong-type"),
            ("1e3", "wrong-type"), ("01", "wrong-type"), ("true", "wrong-type"), ("-0", "\"0\""),
        ])
    func ids(text: String, expected: String) throws {
        let rows = try DecodedRows([Column(name: "a", type: .id)])
        #expect(rows.first("{\"a\":\(text)}") == expected)
    }

    @Test("an id given as a number and as a text is one and the same cell")
    func idsMeet() throws {
        let rows = try DecodedRows([Column(name: "a", type: .id)])
        rows.decode([Array("{\"a\":123}".utf8), Array("{\"a\":\"123\"}".utf8)])
        #expect(rows.decoder.cells(0)[0] == rows.decoder.cells(0)[1])
    }

    @Test(
        "reads floats, integers, booleans and texts strictly",
        arguments: [
            (ColumnType.float, "1.5", "1.5"), (.float, "-0.0", "0.0"), (.float, "1e999", "not-finite"),
            (.float, "\"1.5\"", "wrong-type"), (.float, "NaN", "bad-json"), (.integer, "42", "42"),
            (.integer, "1e2", "100"),
            (.integer, "1.5", "too-precise"), (.integer, "-9223372036854775808", "out-of-range"),
            (.integer, "\"1\"", "wrong-type"), (.boolean, "true", "1"), (.boolean, "false", "0"),
            (.boolean, "tru", "bad-json"), (.boolean, "1", "wrong-type"), (.text, "\"a\\\"b\"", "\"a\"b\""),
            (.text, "\"77\"", "\"77\""), (.text, "77", "wrong-type"), (.text, "\"a\" \"b\"", "bad-json"),
        ])
    func others(type: ColumnType, text: String, expected: String) throws {
        let rows = try DecodedRows([Column(name: "a", type: type)])
        #expect(rows.first("{\"a\":\(text)}") == expected)
    }

    @Test(
        "reads times to the microsecond, with zones",
        arguments: [
            (TimeFormat.iso8601, "\"2018-04-01T00:00:31Z\"", "1522540831000000"),
            (.iso8601, "\"2018-04-01 00:00:31\"", "1522540831000000"),
            (.iso8601, "\"2018-04-01T02:00:31.250+02:00\"", "1522540831250000"),
            (.iso8601, "\"2018-04-01T02:00:31.2505009+0200\"", "1522540831250500"),
            (.iso8601, "\"2018-03-31T19:00:31-05\"", "1522540831000000"),
            (.iso8601, "\"2016-02-29T00:00:00Z\"", "1456704000000000"),
            (.iso8601, "\"2018-02-29T00:00:00Z\"", "bad-time"), (.iso8601, "\"2018-04-01T24:00:00Z\"", "bad-time"),
            (.iso8601, "\"2018-04-01\"", "bad-time"), (.iso8601, "\"2018-04-01T00:00:31ZZ\"", "bad-time"),
            (.iso8601, "\"0000-01-01T00:00:00Z\"", "bad-time"),
            (.iso8601, "\"9999-12-31T23:59:59.999999Z\"", "253402300799999999"),
            (.iso8601, "1522540831", "wrong-type"), (.unixSeconds, "1522540831", "1522540831000000"),
            (.unixSeconds, "1522540831.25", "1522540831250000"), (.unixSeconds, "\"1522540831\"", "1522540831000000"),
            (.unixMilliseconds, "1522540831250", "1522540831250000"),
            (.unixMicroseconds, "1522540831250001", "1522540831250001"),
            (.unixSeconds, "1e15", "out-of-range"), (.unixSeconds, "\"soon\"", "bad-time"),
            (.unixSeconds, "-1", "-1000000"),
        ])
    func times(format: TimeFormat, text: String, expected: String) throws {
        let rows = try DecodedRows([Column(name: "a", type: .time(format))])
        #expect(rows.first("{\"a\":\(text)}") == expected)
    }

    @Test("reads times without a zone in the pipeline's, across changes of clocks")
    func zones() throws {
        let rows = try DecodedRows([Column(name: "a", type: .time(.iso8601))], zone: "Europe/Berlin")
        func utc(_ local: String) -> String {
            Int64(rows.first("{\"a\":\"\(local)\"}")).map { Timestamp(microseconds: $0).description } ?? "fault"
        }
        #expect(utc("2018-01-15T12:00:00") == "2018-01-15T11:00:00Z")
        #expect(utc("2018-07-15T12:00:00") == "2018-07-15T10:00:00Z")
        #expect(utc("2018-03-25T01:59:59") == "2018-03-25T00:59:59Z")
        #expect(utc("2018-03-25T03:00:00") == "2018-03-25T01:00:00Z")
        #expect(utc("2018-03-25T02:30:00") == "2018-03-25T01:30:00Z", "skipped: read with the offset before")
        #expect(utc("2018-10-28T02:30:00") == "2018-10-28T00:30:00Z", "repeated: the earlier of the two")
        #expect(utc("2018-10-28T03:00:00") == "2018-10-28T02:00:00Z")
        #expect(utc("1999-07-15T12:00:00Z") == "1999-07-15T12:00:00Z")
        // The same as the system's calendar says, over many years.
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = TimeZone(identifier: "Europe/Berlin")!
        var random = SeededGenerator(seed: 4)
        for _ in 0..<500 {
            let second = Int64.random(in: 0..<3_000_000_000, using: &random) / 7 * 7
            let parts = calendar.dateComponents(
                [.year, .month, .day, .hour, .minute, .second], from: Date(timeIntervalSince1970: Double(second)))
            let text = String(
                format: "%04d-%02d-%02dT%02d:%02d:%02d", parts.year!, parts.month!, parts.day!, parts.hour!,
                parts.minute!, parts.second!)
            let found = Int64(rows.first("{\"a\":\"\(text)\"}"))! / 1_000_000
            #expect(found == second || found == second - 3600, "\(text)")
        }
    }

    @Test(
        "takes nothing but one well-formed object",
        arguments: [
            ("{\"a\":1", "bad-json"), ("{\"a\":1}}", "bad-json"), ("{\"a\":1} x", "bad-json"), ("", "bad-json"),
            ("   ", "bad-json"),
            ("[1]", "not-an-object"), ("1", "not-an-object"), ("{\"a\" 1}", "bad-json"), ("{\"a\":1,}", "bad-json"),
            ("not json", "bad-json"), ("{'a':1}", "bad-json"), ("nul", "bad-json"), ("[1,", "bad-json"),
            ("[1] 2", "bad-json"), ("1 2", "bad-json"), ("\"a", "bad-json"), ("}", "bad-json"),
            ("[{\"a\" 1}]", "bad-json"),
            ("null", "not-an-object"), ("\"a\"", "not-an-object"), ("[{\"a\":1}]\n", "not-an-object"),
            ("{\"a\":1,\"b\":x}", "1"), ("{\"b\":x", "bad-json"),
            ("{\"b\":2}", "missing-field"), ("{}", "missing-field"), ("{\"a\":1}\n", "1"), (" {\"a\" : 1 } ", "1"),
            ("{\"b\":{\"a\":5},\"a\":1}", "1"), ("{\"b\":[1,{\"a\":2}],\"a\":1}", "1"), ("{\"a\":1,\"a\":2}", "2"),
            ("{\"\\u0061\":1}", "1"), ("{\"aa\":2,\"a\":1}", "1"), ("{\"x\":\"}\",\"a\":1}", "1"),
        ])
    func structure(json: String, expected: String) throws {
        let rows = try DecodedRows([Column(name: "a", type: .integer)])
        #expect(rows.first(json) == expected)
    }

    @Test("says a time beyond all records as a time, as far as calendars go")
    func faultTimes() {
        let message = RecordFault.timeOutOfRange.message(time: 32_503_680_000_000_000)
        #expect(message.contains("found 3000-01-01T00:00:00Z; is its unit"))
        #expect(RecordFault.timeOutOfRange.message(time: .max).contains("\(Int64.max) µs since 1970"))
    }

    @Test("refuses bytes that are not UTF-8, and calls a missing payload a tombstone")
    func bytes() throws {
        let rows = try DecodedRows([Column(name: "a", type: .text)])
        rows.decode([Array("{\"a\":\"".utf8) + [0xff, 0xfe] + Array("\"}".utf8), nil, []])
        #expect((0..<3).map { rows.decoder.fault($0)?.fault } == [.badText, .tombstone, .badJSON])
        #expect(rows.decoder.faultCount == 3)
    }

    @Test("finds nested fields, and leaves optional ones null")
    func nested() throws {
        let rows = try DecodedRows([
            Column(name: "a", type: .id, path: "card.id"),
            Column(name: "b", type: .integer, path: "card.limits.day", isOptional: true),
        ])
        func cells(_ json: String) -> [String] {
            rows.decode([Array(json.utf8)])
            return rows.decoder.fault(0).map { [$0.fault.code, $0.column?.name ?? ""] } ?? [
                rows.cell(0, 0), rows.cell(0, 1),
            ]
        }
        #expect(cells("{\"card\":{\"id\":7,\"limits\":{\"day\":5}}}") == ["\"7\"", "5"])
        #expect(cells("{\"card\":{\"limits\":null,\"id\":7}}") == ["\"7\"", "null"])
        #expect(cells("{\"card\":{\"id\":7,\"limits\":3}}") == ["\"7\"", "null"])
        #expect(cells("{\"card\":null}") == ["missing-field", "a"])
        #expect(cells("{\"card\":{\"id\":7,\"limits\":{\"day\":\"x\"}}}") == ["wrong-type", "b"])
    }

    @Test("remembers the order of fields without being misled by it")
    func fieldOrder() throws {
        let columns = ["a", "b", "c", "d"].map { Column(name: $0, type: .integer) }
        let rows = try DecodedRows(columns)
        var random = SeededGenerator(seed: 9)
        var payloads: [[UInt8]?] = []
        for index in 0..<500 {
            var fields = ["\"a\":\(index)", "\"b\":\(index + 1)", "\"c\":\(index + 2)", "\"d\":\(index + 3)"]
            if Bool.random(using: &random) { fields.append("\"zz\":\"\(index)\"") }
            if Int.random(in: 0..<3, using: &random) == 0 { fields.shuffle(using: &random) }
            payloads.append(Array("{\(fields.joined(separator: ","))}".utf8))
        }
        rows.decode(payloads)
        for index in payloads.indices {
            #expect((0..<4).map { rows.cell(index, $0) } == (0..<4).map { "\(index + $0)" })
        }
    }

    @Test("replaces personal values by a keyed hash that joins, and lets no text of theirs out")
    func personal() throws {
        let columns = [
            Column(name: "a", type: .id, isPersonal: true),
            Column(name: "b", type: .text, isPersonal: true, isOptional: true),
        ]
        let rows = try DecodedRows(columns, key: "secret")
        let other = try DecodedRows(columns, key: "another")
        let payloads: [[UInt8]?] = [
            Array("{\"a\":123,\"b\":\"jane.doe@example.org and a long tail of text\"}".utf8),
            Array("{\"a\":\"123\"}".utf8),
            Array("{\"a\":\"C17\"}".utf8),
            Array("{\"a\":\"C17\",\"b\":\"jane.doe@example.org and a long tail of text\"}".utf8),
        ]
        rows.decode(payloads)
        other.decode(payloads)
        let cells = (0..<4).map { rows.decoder.cells(0)[$0] }
        #expect(cells[0] == cells[1] && cells[2] == cells[3] && cells[0] != cells[2])
        #expect(cells[0] >> 63 == 0 && cells[0] != 123)
        #expect(cells[0] != other.decoder.cells(0)[0])
        let expected = Checksum.keyed(Array("secret".utf8), of: Array("123".utf8)).bytes.prefix(8)
            .reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        #expect(cells[0] == expected >> 1)
        #expect(rows.decoder.heap(0).isEmpty && rows.decoder.heap(1).isEmpty)
        #expect(rows.decoder.cells(1)[0] == rows.decoder.cells(1)[3])
        #expect(rows.decoder.cells(1)[1] == Cell.nullText)
        #expect(throws: RecordSchemaError.self) { try DecodedRows(columns) }
    }

    @Test("reads labels: values by their lists, known at the later of report and record")
    func labels() throws {
        let events = EventSource(
            topics: ["e"], timeColumn: "t", idColumn: "id",
            columns: [Column(name: "id", type: .id), Column(name: "t", type: .time(.iso8601))])
        var source = LabelSource(topics: ["l"], eventField: "tx.id", reportedField: "at", valueField: "fraud")
        source.positive = [.number(1), .text("yes"), .boolean(true)]
        source.negative = [.number(0), .boolean(false)]
        let decoder = try RecordDecoder(RecordSchema(labels: source, events: events))
        let texts = ["1", "\"yes\"", "true", "0", "false", "null", "2", "\"no\"", "{}"]
        let payloads = texts.map {
            Array("{\"tx\":{\"id\":\"7\"},\"at\":\"1970-01-01T00:00:10Z\",\"fraud\":\($0)}".utf8)
        }
        let stamps: [Int64] = texts.indices.map { $0 == 0 ? 20_000_000 : $0 == 1 ? .min : 5_000_000 }
        payloads.withUnsafePayloads { pointers, lengths in
            decoder.decode(payloads: pointers, lengths: lengths, count: payloads.count)
        }
        decoder.resolveKnown(timestamps: stamps)
        #expect((0..<6).map { Int64(bitPattern: decoder.cells(3)[$0]) } == [1, 1, 1, 0, 0, -1])
        #expect((6..<9).map { decoder.fault($0)?.fault } == [.unknownLabel, .unknownLabel, .wrongType])
        #expect(Array(decoder.times.prefix(3)) == [20_000_000, 10_000_000, 10_000_000])
        #expect(decoder.cells(0)[0] == 7)
    }

    @Test("a missing id stands for no id, whatever the column's type, and no value does")
    func identities() throws {
        for (type, values) in [
            (.id, ["null", "7", "\"a text of more than eight bytes\"", "18446744073709551615", "-1"]),
            (.integer, ["null", "-1", "0", "9223372036854775807"]), (.decimal(scale: 2), ["null", "-0.01", "1"]),
            (.float, ["null", "-1.5", "0"]), (.boolean, ["null", "true", "false"]),
        ] as [(ColumnType, [String])] {
            let columns = [
                Column(name: "key", type: type, isOptional: true), Column(name: "t", type: .time(.iso8601)),
            ]
            var source = EventSource(topics: ["x"], timeColumn: "t", idColumn: "key", columns: columns)
            source.unique = (column: "key", within: .seconds(3600))
            let rows = try DecodedRows(source)
            rows.decode((values + values).map { Array("{\"key\":\($0),\"t\":\"2018-04-01T00:00:00Z\"}".utf8) })
            #expect(rows.decoder.faultCount == 0)
            var ids = [UInt64](repeating: 0, count: values.count * 2)
            ids.withUnsafeMutableBufferPointer { rows.decoder.writeIdentities(to: $0.baseAddress!) }
            #expect(ids[0] == RecordDecoder.noID)
            #expect(Set(ids).count == values.count)
            #expect(ids.prefix(values.count) == ids.suffix(values.count))
        }
    }

    @Test("survives any bytes: every mutation of a record is a row or a fault", arguments: 0..<8)
    func mutations(seed: Int) throws {
        var random = SeededGenerator(seed: UInt64(seed))
        let rows = try DecodedRows([
            Column(name: "tx_id", type: .id), Column(name: "amount", type: .decimal(scale: 2)),
            Column(name: "note", type: .text, isOptional: true),
            Column(name: "x", type: .float, path: "in.x", isOptional: true),
            Column(name: "t", type: .time(.iso8601)),
        ])
        let good = Array(
            #"{"tx_id":"A\u0041-7","t":"2018-04-01T00:00:31.5+02:00","amount":57.16,"in":{"x":-1.5e3,"y":[1,{"z":null}]},"note":"Käse"}"#
                .utf8)
        for _ in 0..<300 {
            let payloads: [[UInt8]?] = (0..<20).map { _ in
                var bytes = good
                for _ in 0..<Int.random(in: 1...4, using: &random) where !bytes.isEmpty {
                    let at = Int.random(in: bytes.indices, using: &random)
                    switch Int.random(in: 0..<5, using: &random) {
                    case 0: bytes[at] = .random(in: .min ... .max, using: &random)
                    case 1: bytes.remove(at: at)
                    case 2: bytes.insert(Array("{}[]\",:\\ue-0.".utf8).randomElement(using: &random)!, at: at)
                    case 3: bytes.removeLast(bytes.count - at)
                    default: bytes.insert(contentsOf: bytes[at...].prefix(9), at: at)
                    }
                }
                return bytes
            }
            rows.decode(payloads)
            for row in payloads.indices {
                guard rows.decoder.faults[row] == 0 else { continue }
                // What is taken for a row is JSON to others as well (but for numbers in fields that nobody reads).
                let text = payloads[row]!
                let parsed = try? JSONSerialization.jsonObject(with: Data(text)) as? [String: Any]
                if let parsed { #expect(parsed["amount"] != nil) }
                for column in 0..<5 { _ = rows.cell(row, column) }
            }
        }
    }
}

extension [[UInt8]] {
    func withUnsafePayloads(_ body: (UnsafePointer<UnsafeRawPointer?>, UnsafePointer<Int>) -> Void) {
        let copies = map { bytes in
            let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: Swift.max(1, bytes.count), alignment: 1)
            copy.copyBytes(from: bytes)
            return copy
        }
        body(copies.map { UnsafeRawPointer($0.baseAddress) }, self.map(\.count))
        for copy in copies { copy.deallocate() }
    }
}
