import Millrace
import Testing

@Suite struct TimestampTests {
    @Test(arguments: [
        ("1970-01-01T00:00:00Z", 0), ("2018-04-01T00:00:31", 1_522_540_831_000_000),
        ("2018-04-01 02:00:31+02:00", 1_522_540_831_000_000), ("1969-12-31T23:59:59.999999Z", -1),
        ("2000-02-29T12:00:00.5Z", 951_825_600_500_000),
    ])
    func textIsReadToTheMicrosecond(text: String, microseconds: Int64) {
        #expect(Timestamp(rfc3339: text)?.microseconds == microseconds)
    }

    @Test(arguments: [
        "", "2018-02-29T00:00:00Z", "2018-01-01", "2018-01-01T24:00:00Z", "2018-01-01T00:00:00+1:00", "x",
    ])
    func whatIsNoTimeIsRefused(text: String) {
        #expect(Timestamp(rfc3339: text) == nil)
    }

    @Test func textAndTimeAreInverse() {
        var state: UInt64 = 1
        for _ in 0..<10_000 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let time = Timestamp(microseconds: Int64(state >> 12) - (1 << 48))
            #expect(Timestamp(rfc3339: time.description) == time)
        }
    }

    @Test func windowsAlignToTheEpochAlsoBeforeIt() {
        let window = Window(holding: Timestamp(microseconds: -1), size: .seconds(86_400))
        #expect(window.description == "1969-12-31T00:00:00Z/1970-01-01T00:00:00Z")
        #expect(window.contains(window.start) && !window.contains(window.end))
        #expect(window.fileName == "19691231T000000Z")
    }

    @Test(arguments: ["90s", "15m", "1h30m", "7d", "250ms", "1d12h", "3us"])
    func durationsAreWrittenAsTheyAreRead(text: String) {
        #expect(DurationText.parse(text).map(DurationText.format) == (text == "90s" ? "1m30s" : text))
    }

    @Test(arguments: ["", "7", "d", "-1d", "1.5h", "99999999999999d", "1d2"])
    func whatIsNoDurationIsRefused(text: String) {
        #expect(DurationText.parse(text) == nil)
    }
}
