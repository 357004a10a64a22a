import Testing
import YAML

@Suite struct YAMLDocumentTests {
    @Test func `Every key and value knows its line and column`() throws {
        let root = try YAMLDocument.parse("a: 1\nbé:\n  - x\n  - { c: 'two' }\n")
        let list = try #require(root["bé"])
        #expect(root.mapping?[1].keyStart == Position(line: 2, column: 1))
        #expect(root.mapping?[1].keyEnd == Position(line: 2, column: 3))
        #expect(list.sequence?[0].start == Position(line: 3, column: 5))
        let entry = try #require(list.sequence?[1].mapping?.first)
        #expect(entry.keyStart == Position(line: 4, column: 7))
        #expect(entry.value.start == Position(line: 4, column: 10))
        #expect(entry.value.end == Position(line: 4, column: 15))
        #expect(entry.value.scalar == Scalar("two", style: .singleQuoted))
    }

    @Test func `An empty text is a null`() throws {
        #expect(try YAMLDocument.parse("# nothing\n").scalar?.value == .null)
    }

    @Test(arguments: [
        ("", Scalar.Value.null), ("~", .null), ("true", .boolean(true)), ("False", .boolean(false)),
        ("yes", .text("yes")), ("12", .integer(12)), ("-3", .integer(-3)), ("0x1F", .integer(31)),
        ("0o17", .integer(15)), ("1.5", .float(1.5)), (".5", .float(0.5)), ("1e3", .float(1000)),
        ("2018-05-15", .text("2018-05-15")), ("1d", .text("1d")), ("e3", .text("e3")), ("-", .text("-")),
        ("0x-1", .text("0x-1")), ("nan", .text("nan")), ("99999999999999999999", .float(1e20)),
    ])
    func `Plain scalars have the types of the core schema`(text: String, value: Scalar.Value) {
        #expect(Scalar(text).value == value)
    }

    @Test func `Quoted scalars are texts`() throws {
        let root = try YAMLDocument.parse("[ '1', \"true\", 1 ]")
        #expect(root.sequence?.map(\.scalar?.value) == [.text("1"), .text("true"), .integer(1)])
    }

    @Test func `An alias repeats its anchor's node`() throws {
        let root = try YAMLDocument.parse("a: &x { k: 1 }\nb: *x\n")
        #expect(root["b"]?["k"]?.scalar?.value == .integer(1))
        #expect(root["b"]?.start == root["a"]?.start)
    }

    @Test(arguments: [
        ("a: 1\nb: 2\na: 3", YAMLError.Code.duplicateKey, "3:1"), ("a: [1, 2", .syntax, "2:1"),
        ("--- 1\n--- 2\n", .documents, "2:1"), ("a: *nowhere", .alias, "1:4"), ("a: &x [*x]", .alias, "1:8"),
        ("? [a]\n: 1", .key, "1:3"), ("a: \"\u{1}\"", .encoding, "1:5"), ("\ta: 1", .syntax, "1:1"),
    ])
    func `A mistake is named and placed`(text: String, code: YAMLError.Code, place: String) {
        let error = #expect(throws: YAMLError.self) { try YAMLDocument.parse(text) }
        #expect(error?.code == code)
        #expect(error?.position.description == place, "\(String(describing: error))")
    }

    @Test func `Every duplicate key can be gathered, and the first entries stay`() throws {
        var duplicates: [YAMLError] = []
        let root = try YAMLDocument.parse(Array("a: 1\na: 2\nb: { c: 1, c: 2 }".utf8), duplicates: &duplicates)
        #expect(duplicates.map(\.position.line) == [2, 3])
        #expect(root["a"]?.scalar?.text == "1")
    }

    @Test func `A billion laughs are refused before they are laughed`() {
        var text = "a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n"
        for level in 1...12 {
            let aliases = Array(repeating: "*a\(level - 1)", count: 9).joined(separator: ", ")
            text += "a\(level): &a\(level) [\(aliases)]\n"
        }
        let error = #expect(throws: YAMLError.self) { try YAMLDocument.parse(text) }
        #expect(error?.code == .limit)
    }

    @Test func `Nesting ends at the limit, also through aliases`() throws {
        func nested(_ depth: Int) -> String {
            String(repeating: "[", count: depth - 1) + "1" + String(repeating: "]", count: depth - 1)
        }
        #expect(try YAMLDocument.parse(nested(64)).height == 64)
        #expect(throws: YAMLError.self) { try YAMLDocument.parse(nested(65)) }
        #expect(throws: YAMLError.self) {
            try YAMLDocument.parse("- &x \(nested(40))\n- \(nested(30).replacingOne(with: "*x"))")
        }
        #expect(throws: YAMLError.self) { try YAMLDocument.parse(String(repeating: "[", count: 20_000)) }
    }

    @Test func `A text beyond the limit is refused unread`() {
        var limits = YAMLDocument.Limits()
        limits.bytes = 10
        let error = #expect(throws: YAMLError.self) { try YAMLDocument.parse("a: 1234567890", limits: limits) }
        #expect(error?.code == .limit)
    }
}

extension String {
    fileprivate func replacingOne(with text: String) -> String {
        split(separator: "1", maxSplits: 1, omittingEmptySubsequences: false).joined(separator: text)
    }
}
