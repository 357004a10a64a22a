/// The top-level members of a JSON object on one line, as ranges of its bytes: enough to find a time, a key and a label
/// without making values of anything.
struct JSONMembers {
    struct Member {
        /// Without quotes.
        var name: Range<Int>
        /// As written, with a string's quotes.
        var value: Range<Int>
    }

    private(set) var members: [Member] = []

    /// - Returns: nil when the line is an object, else what is wrong with it.
    mutating func read(_ line: UnsafeRawBufferPointer) -> String? {
        members.removeAll(keepingCapacity: true)
        var index = 0
        func skipBlanks() {
            while index < line.count, line[index] == 32 || line[index] == 9 || line[index] == 13 { index += 1 }
        }
        func isAt(_ character: UInt8) -> Bool { index < line.count && line[index] == character }
        /// Leaves `index` after the closing quote.
        func skipString() -> Bool {
            index += 1
            while index < line.count {
                switch line[index] {
                case UInt8(ascii: "\\"): index += 2
                case UInt8(ascii: "\""):
                    index += 1
                    return true
                default: index += 1
                }
            }
            return false
        }
        func skipValue() -> Bool {
            guard index < line.count else { return false }
            if line[index] == UInt8(ascii: "\"") { return skipString() }
            guard line[index] == UInt8(ascii: "{") || line[index] == UInt8(ascii: "[") else {
                let start = index
                while index < line.count, line[index] != UInt8(ascii: ","), line[index] != UInt8(ascii: "}"),
                    line[index] != 32
                {
                    index += 1
                }
                return index > start
            }
            var depth = 0
            while index < line.count {
                switch line[index] {
                case UInt8(ascii: "\""):
                    guard skipString() else { return false }
                    continue
                case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
                case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
                default: break
                }
                index += 1
                if depth == 0 { return true }
            }
            return false
        }

        skipBlanks()
        guard isAt(UInt8(ascii: "{")) else { return "expected a JSON object" }
        index += 1
        skipBlanks()
        if isAt(UInt8(ascii: "}")) { return nil }
        while true {
            skipBlanks()
            guard isAt(UInt8(ascii: "\"")) else { return "expected a member's name at byte \(index + 1)" }
            let name = index + 1
            guard skipString(), index <= line.count else { return "a string does not end" }
            let nameEnd = index - 1
            skipBlanks()
            guard isAt(UInt8(ascii: ":")) else { return "expected ':' at byte \(index + 1)" }
            index += 1
            skipBlanks()
            let value = index
            guard skipValue(), index <= line.count else { return "a value does not end" }
            members.append(Member(name: name..<nameEnd, value: value..<index))
            skipBlanks()
            if isAt(UInt8(ascii: "}")) {
                index += 1
                skipBlanks()
                return index == line.count ? nil : "expected one object a line"
            }
            guard isAt(UInt8(ascii: ",")) else { return "expected ',' or '}' at byte \(index + 1)" }
            index += 1
        }
    }
}
