import CommandLine
import Synchronization

/// What a program wrote, and how it ended.
struct Outcome {
    var code: ExitCode
    var output: String
    var error: String
}

final class Recorder: Sendable {
    private let streams = Mutex((output: "", error: ""))

    func console(
        terminal: Bool = false, width: Int = 80, color: Console.ColorMode = .auto, noColor: Bool = false,
        quiet: Bool = false
    ) -> Console {
        Console(
            outputIsTerminal: terminal, errorIsTerminal: terminal, width: width, color: color, noColor: noColor,
            isQuiet: quiet
        ) { [self] stream, text in
            streams.withLock { streams in
                if stream == .output { streams.output += text } else { streams.error += text }
            }
        }
    }

    var output: String { streams.withLock { $0.output } }
    var error: String { streams.withLock { $0.error } }
}

/// A program with one of everything.
enum Fixture {
    static let root = Command(
        name: "mill", summary: "Turn rivers into flour", options: [.color, .quiet],
        subcommands: [
            Command(
                name: "grind", summary: "Grind some grain",
                discussion: "Grinds it between two stones.\n\n    mill grind rye.txt\n\nThe stones wear.",
                arguments: [
                    Argument("grain", .file(endings: ["txt"]), "What to grind"),
                    Argument("more", .file(), required: false, repeated: true, "More of it"),
                ],
                options: [
                    .value(
                        "stones", short: "s", .integer(1...8), default: "2", environment: "MILL_STONES",
                        "How many stones"),
                    .value("for", .duration, default: "1h", "How long"),
                    .value("sack", .bytes, default: "64MiB", "How large a sack"),
                    .value("limit", .count(1...Int.max), "Stop after so much"),
                    .value(
                        "fineness", .choice(["coarse", "medium", "fine"]), valueName: "grade", default: "medium",
                        "How fine"),
                    .value("ratio", .decimal(0...1), "Water to wheel"),
                    .value("since", .instant, "From when"),
                    .values("label", short: "l", .text, environment: "MILL_LABELS", "A label for the sack"),
                    .flag(
                        "dry-run", short: "n", environment: "MILL_DRY", negatable: true, "Only say what would be done"),
                    .json,
                ],
                examples: [.init("mill grind --stones 4 rye.txt", "Grind rye between four stones")],
                exitCodes: [.init(ExitCode(rawValue: 3), "The river is dry")],
                run: { arguments in
                    arguments.console.print(
                        [
                            "grain": .text(arguments.text("grain")),
                            "more": .array(arguments.texts("more").map(OrderedJSON.text)),
                            "stones": .integer(arguments.integer("stones")),
                            "for": .text("\(arguments.duration("for"))"),
                            "sack": .integer(arguments.integer("sack")),
                            "limit": .integer(orNull: arguments.integerIfGiven("limit")),
                            "fineness": .text(arguments.text("fineness")),
                            "ratio": .number(orNull: arguments.decimalIfGiven("ratio")),
                            "since": .integer(orNull: arguments.instantIfGiven("since")),
                            "label": .array(arguments.texts("label").map(OrderedJSON.text)),
                            "dry": .bool(arguments.flag("dry-run")),
                            "json": .bool(arguments.flag("json")),
                            "given": .bool(arguments.isGiven("stones")),
                        ], pretty: false)
                    arguments.console.note("ground")
                    return .success
                }),
            Command(
                name: "wheel", summary: "Look after the wheel",
                subcommands: [
                    Command(
                        name: "stop", summary: "Stop it",
                        options: [.value("reason", .text, required: true, "Why, for the wheel's book")],
                        run: { _ in throw CommandFailure("the wheel is stuck", exitCode: ExitCode(rawValue: 3)) }),
                    Command(
                        name: "break", summary: "Break it's axle", isHidden: true,
                        run: { _ in throw UsageError(.conflict, "not while it turns") }),
                ]),
        ])

    static func run(
        _ words: String..., environment: [String: String] = [:], terminal: Bool = false
    ) async -> Outcome {
        let recorder = Recorder()
        let code = await Program(root, version: "1.2.3").run(
            words, environment: environment, console: recorder.console(terminal: terminal))
        return Outcome(code: code, output: recorder.output, error: recorder.error)
    }
}
