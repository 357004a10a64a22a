import Millrace
import Testing

@Suite struct WrittenValueTests {
    @Test(arguments: [("64MiB", 64 << 20), ("2GB", 2_000_000_000), ("4096", 4096), ("1 KiB", 1024)])
    func `Sizes are read in bytes`(text: String, bytes: Int) {
        #expect(ByteSize.parse(text) == bytes)
    }

    @Test(arguments: ["", "0", "-1", "64 megs", "9999999999999TiB", "1.5GiB"])
    func `What is no size is refused`(text: String) {
        #expect(ByteSize.parse(text) == nil)
    }

    @Test func `Sizes and durations read back as they were written`() {
        for bytes in [1, 1000, 1024, 64 << 20, 3 << 30, (1 << 40) + 1] {
            #expect(ByteSize.parse(ByteSize.format(bytes)) == bytes)
        }
        for text in ["1d", "1h30m", "250ms", "7d1us"] {
            #expect(DurationText.parse(text).map(DurationText.format) == text)
        }
    }
}
