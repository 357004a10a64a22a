import Testing
import YAML

/// SplitMix64: the same bytes on every run.
private struct Generator: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

@Suite struct YAMLFuzzTests {
    private let seed = Array(
        """
        # a comment
        pipeline: &name "handbook"
        list: [1, 2.5, 'three', ~, { a: b }]
        again: *name
        block: |
          text
            more
        folded: >-
          one
          two
        ? complex
        : - x
          - !!str 7
        é: "\\u00e9\\n"
        """.utf8)

    @Test(arguments: 0..<8)
    func `Whatever the bytes, parsing ends in a node or an error with a place`(seed number: Int) {
        var random = Generator(state: UInt64(number))
        let symbols = Array("[]{}:,-?&*!|>'\"%@`#\n\t \\~<0é\u{0}\u{feff}".utf8)
        for _ in 0..<1500 {
            var bytes = seed
            for _ in 0..<Int.random(in: 1...12, using: &random) {
                let index = Int.random(in: 0...bytes.count, using: &random)
                switch Int.random(in: 0..<5, using: &random) {
                case 0: bytes.insert(symbols.randomElement(using: &random)!, at: index)
                case 1 where index < bytes.count: bytes[index] = UInt8.random(in: 0...255, using: &random)
                case 2 where index < bytes.count: bytes.remove(at: index)
                case 3: bytes.removeSubrange(index..<min(bytes.count, index + 9))
                default:
                    let end = min(bytes.count, index + Int.random(in: 0...30, using: &random))
                    bytes.insert(contentsOf: bytes[index..<end], at: Int.random(in: 0...index, using: &random))
                }
            }
            var duplicates: [YAMLError] = []
            do {
                let node = try YAMLDocument.parse(bytes, duplicates: &duplicates)
                #expect(node.height <= 64 && node.weight <= 100_000)
            } catch {
                #expect(error.position.line >= 1 && error.position.column >= 1 && !error.message.isEmpty)
            }
        }
    }
}
