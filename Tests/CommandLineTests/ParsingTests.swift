import CommandLine
import Testing

@Suite struct ParsingTests {
    private let usual =
        #"{"grain":"rye","more":[],"stones":2,"for":"3600.0 seconds","sack":67108864,"limit":null,"#
        + #""fineness":"medium","ratio":null,"since":null,"label":[],"dry":false,"json":false,"given":false}"# + "\n"

    @Test func defaultsFillWhatWasNotGiven() async {
        let outcome = await Fixture.run("grind", "rye")
        #expect(outcome.code == .success)
        #expect(outcome.output == usual)
        #expect(outcome.error == "ground\n")
    }

    @Test func everyKindOfValueIsRead() async {
        let outcome = await Fixture.run(
            "grind", "--stones=4", "--for", "1h30m", "--sack", "1.5KiB", "--limit", "10M", "--fineness", "fine",
            "--ratio", "0.25", "--since", "2018-04-01T00:00:31Z", "-l", "a", "-lb", "-l=c", "-n", "--json", "rye",
            "oat",
            "wheat")
        #expect(
            outcome.output
                == #"{"grain":"rye","more":["oat","wheat"],"stones":4,"for":"5400.0 seconds","sack":1536,"#
                + #""limit":10000000,"fineness":"fine","ratio":0.25,"since":1522540831,"label":["a","b","c"],"#
                + #""dry":true,"json":true,"given":true}"# + "\n")
    }

    @Test func theCommandLineWinsOverTheEnvironmentAndThatOverDefaults() async {
        let environment = ["MILL_STONES": "5", "MILL_LABELS": "x,y", "MILL_DRY": "yes"]
        let fromEnvironment = await Fixture.run("grind", "rye", environment: environment).output
        #expect(fromEnvironment.contains(#""stones":5"#))
        #expect(fromEnvironment.contains(#""label":["x","y"]"#))
        #expect(fromEnvironment.contains(#""dry":true"#))
        let fromLine = await Fixture.run(
            "grind", "rye", "-s3", "--label", "z", "--no-dry-run", environment: environment
        ).output
        #expect(fromLine.contains(#""stones":3"#))
        #expect(fromLine.contains(#""label":["z"]"#))
        #expect(fromLine.contains(#""dry":false"#))
    }

    @Test func afterTwoDashesEverythingIsAnArgument() async {
        let outcome = await Fixture.run("grind", "--", "--stones", "-n")
        #expect(outcome.output.contains(#""grain":"--stones","more":["-n"]"#))
    }

    @Test func optionsOfAGroupStandBeforeOrAfterTheCommand() async {
        #expect(await Fixture.run("--quiet", "grind", "rye").error == "")
        #expect(await Fixture.run("grind", "rye", "-q").error == "")
        #expect(await Fixture.run("grind", "-nq", "rye").error == "")
    }

    /// A mistake, and what its message must say.
    static let mistakes: [([String], [String])] = [
        (["grin"], ["'grin'", "Did you mean 'grind'?"]),
        (["xyzzy"], ["Expected a command of 'mill'", "grind, wheel"]),
        ([], ["Expected a command after 'mill'"]),
        (["wheel"], ["Expected a command after 'mill wheel'", "stop"]),
        (["grind", "rye", "--stone", "3"], ["no option --stone", "Did you mean '--stones'?"]),
        (["grind", "rye", "-z"], ["no option -z"]),
        (["--stones", "3", "grind", "rye"], ["no option --stones", "option of 'mill grind'"]),
        (["grind", "rye", "--stones", "many"], ["--stones", "a whole number from 1 to 8", "'many'"]),
        (["grind", "rye", "--stones", "9"], ["a whole number from 1 to 8", "'9'"]),
        (["grind", "rye", "--stones"], ["--stones expected a whole number", "found nothing"]),
        (["grind", "rye", "--stones", "--json"], ["--stones expected a whole number", "found nothing"]),
        (["grind", "rye", "--stones", "1", "--stones", "2"], ["given twice"]),
        (["grind", "rye", "--json=yes"], ["--json is a flag", "'yes'"]),
        (["grind", "rye", "--for", "soon"], ["a duration such as 250ms, 30s, 1h30m or 7d", "'soon'"]),
        (["grind", "rye", "--sack", "big"], ["a size such as 64KiB", "'big'"]),
        (["grind", "rye", "--limit", "0"], ["a count such as 5000, 250k or 10M of at least 1", "'0'"]),
        (["grind", "rye", "--fineness", "fin"], ["one of coarse, medium, fine", "Did you mean 'fine'?"]),
        (["grind", "rye", "--since", "2018-02-30"], ["a moment in UTC", "'2018-02-30'"]),
        (["grind"], ["Expected <grain>", "What to grind"]),
        (["wheel", "stop"], ["Expected --reason <text>", "found nothing"]),
        (["wheel", "stop", "--reason", "ice", "now"], ["Expected no arguments, found 'now'"]),
    ]

    @Test(arguments: mistakes)
    func aMistakeSaysWhatWasExpectedAndFoundAndEndsWithTwo(_ words: [String], _ parts: [String]) async {
        let recorder = Recorder()
        let code = await Program(Fixture.root, version: "1").run(words, environment: [:], console: recorder.console())
        #expect(code == .usage)
        #expect(recorder.output == "")
        for part in parts { #expect(recorder.error.contains(part), "\(recorder.error)") }
        #expect(recorder.error.hasPrefix("error: "))
        #expect(recorder.error.contains("--help'."))
    }

    @Test func aWrongValueInTheEnvironmentNamesItsVariable() async {
        let outcome = await Fixture.run("grind", "rye", environment: ["MILL_STONES": "lots"])
        #expect(outcome.code == .usage)
        #expect(outcome.error.contains("MILL_STONES"))
        #expect(await Fixture.run("grind", "rye", environment: ["MILL_DRY": "perhaps"]).error.contains("MILL_DRY"))
    }

    @Test func failuresOfACommandKeepTheirExitCode() async {
        let stuck = await Fixture.run("wheel", "stop", "--reason", "ice")
        #expect(stuck.code == ExitCode(rawValue: 3))
        #expect(stuck.error == "error: the wheel is stuck\n")
        let conflict = await Fixture.run("wheel", "break")
        #expect(conflict.code == .usage)
        #expect(conflict.error.contains("See 'mill wheel break --help'."))
    }

    @Test func theVersionIsTold() async {
        #expect(await Fixture.run("--version").output == "mill 1.2.3\n")
    }

    @Test func noWordsCanStopTheParser() async {
        let pieces = [
            "grind", "wheel", "stop", "-", "--", "---", "-s", "-=", "--=", "--stones", "--stones=", "-nq", "-5", "",
            "=",
            "--no-", "--no-dry-run", "help", "rye", "\u{0}", "é", "-é", "--fineness=fine", "--help=1",
        ]
        var state: UInt64 = 1
        for _ in 0..<3000 {
            var words: [String] = []
            for _ in 0..<Int(state % 6) {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                words.append(pieces[Int(state >> 33) % pieces.count])
            }
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            state ^= state >> 29
            let recorder = Recorder()
            let code = await Program(Fixture.root, version: "1").run(
                words, environment: [:], console: recorder.console())
            #expect(code == .success || code == .usage || code.rawValue == 3)
            #expect(code != .success || !recorder.output.isEmpty)
        }
    }

    @Test func aSoundTreeHasNoFaultsAndAnUnsoundOneNamesThem() {
        #expect(Program(Fixture.root, version: "1").root.faults() == [])
        let unsound = Command(
            name: "x", summary: "",
            arguments: [
                Argument("all", .text, repeated: true, "Everything"), Argument("one", .text, required: false, "One"),
                Argument("two", .text, "Two"),
            ],
            options: [
                .value("n", .integer(1...3), default: "7", "Number"), .flag("n", "Again"), .flag("help", "Mine"),
                .value("r", .text, default: "a", required: true, "Both"),
            ], run: { _ in .success })
        let faults = unsound.faults().joined(separator: "\n")
        for part in [
            "no summary", "--n is declared twice", "default 7 of --n", "--help and -h belong",
            "required and has a default",
            "only the last argument may repeat", "required <two> follows",
        ] {
            #expect(faults.contains(part))
        }
    }
}
