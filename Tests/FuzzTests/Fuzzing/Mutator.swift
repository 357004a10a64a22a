/// Makes wrong records of right ones: bits, bytes and spans, numbers at the edges of what types hold, words of the format
/// in other places, pieces of two records in one.
struct Mutator {
    private var random: FuzzGenerator
    private let words: [[UInt8]]

    /// Numbers as texts, at the edges of what types hold.
    private static let numbers = [
        "0", "-1", "9223372036854775807", "-9223372036854775808", "18446744073709551616", "2147483648", "1e308",
        "1e999",
        "-1e-400", "0.1", "null", "true", "\"\"", "[]", "{}", "NaN",
    ].map { Array($0.utf8) }
    /// Numbers as bytes.
    private static let edges: [[UInt8]] = [
        [0xff, 0xff, 0xff, 0xff], [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
        [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f], [0, 0, 0, 0, 0, 0, 0, 0x80], [0, 0, 0, 0], [0x80], [0x7f],
        [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80],
    ]

    init(seed: UInt64, words: [[UInt8]]) {
        random = FuzzGenerator(seed: seed)
        self.words = words
    }

    mutating func pick<Element>(_ from: [Element]) -> Element { from.randomElement(using: &random)! }
    mutating func chance(_ of: Int) -> Bool { Int.random(in: 0..<of, using: &random) == 0 }

    /// One to four changes of a record; `other` lends pieces.
    mutating func mutate(_ record: [UInt8], with other: [UInt8]) -> [UInt8] {
        var bytes = record
        // Few changes leave a record nearly right, which reaches deepest.
        for _ in 0..<(1 + Int.random(in: 0...3, using: &random) * Int.random(in: 0...1, using: &random)) {
            change(&bytes, other)
        }
        return bytes
    }

    private mutating func change(_ bytes: inout [UInt8], _ other: [UInt8]) {
        let at = Int.random(in: 0...bytes.count, using: &random)
        let span = at..<min(bytes.count, at + Int.random(in: 1...16, using: &random))
        switch Int.random(in: 0..<11, using: &random) {
        case 0 where at < bytes.count: bytes[at] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        case 1 where at < bytes.count: bytes[at] = UInt8.random(in: .min ... .max, using: &random)
        case 2: bytes.removeSubrange(span)
        case 3: bytes.insert(contentsOf: bytes[span], at: at)
        case 4: bytes.removeSubrange(at...)
        case 5:
            let piece = pick(Self.edges)
            for (index, byte) in zip(at..<bytes.count, piece) { bytes[index] = byte }
        case 6: replaceNumber(from: at, in: &bytes)
        case 7 where !words.isEmpty: bytes.insert(contentsOf: pick(words), at: at)
        case 8 where !words.isEmpty: replaceWord(from: at, in: &bytes)
        case 9:
            let start = Int.random(in: 0...other.count, using: &random)
            bytes.insert(contentsOf: other[start..<min(other.count, start + 40)], at: at)
        default:
            let from = Int.random(in: 0...bytes.count, using: &random)
            let piece = Array(bytes[from..<min(bytes.count, from + span.count)])
            bytes.insert(contentsOf: piece, at: at)
        }
    }

    /// The next digits become another number.
    private mutating func replaceNumber(from start: Int, in bytes: inout [UInt8]) {
        func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }
        guard let first = bytes[start...].firstIndex(where: isDigit) ?? bytes.firstIndex(where: isDigit) else { return }
        let end = bytes[first...].firstIndex { !isDigit($0) } ?? bytes.count
        bytes.replaceSubrange(first..<end, with: pick(Self.numbers))
    }

    /// The next word of letters becomes another of the format's words.
    private mutating func replaceWord(from start: Int, in bytes: inout [UInt8]) {
        func isLetter(_ byte: UInt8) -> Bool { (65...90).contains(byte) || (97...122).contains(byte) || byte == 95 }
        guard let first = bytes[start...].firstIndex(where: isLetter) else { return }
        let end = bytes[first...].firstIndex { !isLetter($0) } ?? bytes.count
        bytes.replaceSubrange(first..<end, with: pick(words))
    }
}
