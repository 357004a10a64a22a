import Testing

@testable import CommandLine

@Suite struct ValueTests {
    @Test func durationsAreReadExactly() {
        #expect(Quantity.duration("7d") == .seconds(604_800))
        #expect(Quantity.duration("1h30m") == .seconds(5400))
        #expect(Quantity.duration("1.5s") == .milliseconds(1500))
        #expect(Quantity.duration("250ms") == .milliseconds(250))
        #expect(Quantity.duration("1w2d") == .seconds(9 * 86_400))
        #expect(Quantity.duration("0s") == .zero)
        for text in ["", "7", "d", "7 d", "30m1h", "1h1h", "-1s", "1.5", "1e3s", "99999999999999999999d", "1x", "１s"] {
            #expect(Quantity.duration(text) == nil, "\(text)")
        }
    }

    @Test func sizesAndCountsAreReadExactly() {
        #expect(Quantity.bytes("128MiB") == 128 << 20)
        #expect(Quantity.bytes("1GB") == 1_000_000_000)
        #expect(Quantity.bytes("512") == 512)
        #expect(Quantity.bytes("1.5kib") == 1536)
        #expect(Quantity.count("10M") == 10_000_000)
        #expect(Quantity.count("2.5k") == 2500)
        #expect(Quantity.count("42") == 42)
        for text in ["", "MiB", "1.0000000001MB", "-1", "1.5", "9999999999TiB", "1 MB", "1PB1"] {
            #expect(Quantity.bytes(text) == nil, "\(text)")
        }
        #expect(Quantity.count("1.2345k") == nil)
    }

    @Test func momentsAreReadByTheCalendar() {
        #expect(Quantity.instant("1970-01-01") == 0)
        #expect(Quantity.instant("2018-04-01T00:00:31") == 1_522_540_831)
        #expect(Quantity.instant("2000-02-29") == 951_782_400)
        #expect(Quantity.instant("2024-12-31T23:59:59Z") == 1_735_689_599)
        for text in [
            "1900-02-29", "2018-13-01", "2018-00-10", "2018-04-31", "2018-4-1", "2018-04-01T24:00:00", "Z", "",
        ] {
            #expect(Quantity.instant(text) == nil, "\(text)")
        }
    }

    @Test func numbersAreShownAsPeopleReadThem() {
        #expect(Human.grouped(1_754_155) == "1,754,155")
        #expect(Human.grouped(-1000) == "-1,000")
        #expect(Human.grouped(999) == "999")
        #expect(Human.count(985) == "985")
        #expect(Human.count(12_400) == "12.4k")
        #expect(Human.count(999_700) == "1M")
        #expect(Human.bytes(512) == "512 B")
        #expect(Human.bytes(128 << 20) == "128 MiB")
        #expect(Human.bytes(1536) == "1.5 KiB")
        #expect(Human.duration(.seconds(5400)) == "1h 30m")
        #expect(Human.duration(.seconds(604_800)) == "7d")
        #expect(Human.duration(.milliseconds(3210)) == "3.21s")
        #expect(Human.duration(.milliseconds(45)) == "45ms")
        #expect(Human.duration(.seconds(125)) == "2m 5s")
        #expect(Human.duration(.milliseconds(999_700)) == "16m 40s")
        #expect(Human.duration(.microseconds(999_900)) == "1s")
        #expect(Human.duration(.zero) == "0s")
        #expect(Human.percent(0.008369, places: 2) == "0.84 %")
        #expect(Human.fixed(-0.001, places: 2) == "0.00")
        #expect(Human.fixed(2.5, places: 0) == "2")
        #expect(Human.fixed(.nan, places: 2) == "nan")
    }

    @Test func theNearestNameIsSuggestedAndAFarOneIsNot() {
        #expect(Suggestion.distance("kitten", "sitting") == 3)
        #expect(Suggestion.distance("ab", "ba") == 1)
        #expect(Suggestion.distance("", "abc") == 3)
        #expect(Suggestion.nearest(to: "--borkers", among: ["--brokers", "--topic"]) == "--brokers")
        #expect(Suggestion.nearest(to: "comp", among: ["completion", "run"]) == "completion")
        #expect(Suggestion.nearest(to: "zzz", among: ["run", "status"]) == nil)
    }

    @Test func jsonKeepsTheOrderOfKeysAndEscapes() {
        let value: OrderedJSON = [
            "z": 1, "a": [true, nil, 0.5, "q\"\\\n\u{1}é"], "e": .array([]), "o": .object([]),
            "inf": .number(.infinity),
            "big": .number(1e300), "whole": 3.0,
        ]
        #expect(
            value.encoded()
                == #"{"z":1,"a":[true,null,0.5,"q\"\\\n\u0001é"],"e":[],"o":{},"inf":null,"big":1e+300,"whole":3}"#)
        #expect(
            OrderedJSON.object([.init("a", [1, 2])]).encoded(pretty: true)
                == "{\n  \"a\": [\n    1,\n    2\n  ]\n}")
        #expect(value["z"] == 1)
    }
}
