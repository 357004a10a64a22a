import HTTPServer
import Testing

@Suite struct HTTPTargetTests {
    @Test func whatIsTakenApartHasNoEscapesDotsOrControlCharactersLeft() throws {
        var random = SystemRandomNumberGenerator()
        let pieces = [
            "/", "//", "%", "%2", "%2e", "%2F", "%5c", "..", ".", "a", "é", "%00", "%ff", "?", "&", "=", "+", " ",
            "%c3%a9",
        ]
        var taken = 0
        for _ in 0..<100_000 {
            let text =
                "/"
                + (0..<Int.random(in: 0...8, using: &random)).map { _ in pieces.randomElement(using: &random)! }
                .joined()
            guard let target = HTTPTarget(text) else { continue }
            taken += 1
            for segment in target.path {
                #expect(!segment.isEmpty && segment != "." && segment != "..")
                #expect(!segment.contains("/") && !segment.contains("\\"))
                #expect(segment.unicodeScalars.allSatisfy { $0.value >= 32 && $0.value != 127 })
            }
        }
        #expect(taken > 10_000)
    }
}
