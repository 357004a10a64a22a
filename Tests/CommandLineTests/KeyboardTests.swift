import Testing

@testable import CommandLine

@Suite struct KeyboardTests {
    @Test func arrowsLettersAndEnterAreKeysAndOtherSequencesAreNone() {
        func keys(_ text: String) -> [KeyboardMode.Key] { KeyboardMode.keys(in: text.utf8) }
        #expect(keys("qs\u{1B}[A\u{1B}OB\r") == [.character("q"), .character("s"), .up, .down, .enter])
        #expect(keys("\u{1B}") == [.escape])
        #expect(keys("\u{1B}[15~x") == [.character("x")])
        #expect(keys("\u{1B}[1;5Aé") == [.up])
    }
}
