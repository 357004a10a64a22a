import Millrace
import Testing

@Suite struct HTMLTextTests {
    @Test func anyNumberIsShown() {
        var random = SystemRandomNumberGenerator()
        let random64 = (0..<10_000).map { _ in Double(bitPattern: random.next()) }
        for value in random64 + [.infinity, -.infinity, .nan, .greatestFiniteMagnitude, 9.3e18, -1e15, 0, -0.0] {
            #expect((1...30).contains(HTMLText.number(value).count), "\(value)")
        }
        #expect(HTMLText.number(1e22) == "1.00e+22")
        #expect(HTMLText.number(-58_264) == "−58,264")
        #expect(HTMLText.number(.nan) == "–")
    }
}
