import CommandLine
import Foundation
import Millrace
import MillraceWorker

enum LagCommand {
    static let command = Command(
        name: "lag", summary: "Show how far groups are behind, in records and in seconds, and what to think of it",
        discussion: """
            The columns that 'kafka-consumer-groups.sh --describe' shows, in its order, then the age of the first record \
            that was not read, how that is known, and a verdict. A group that has never committed has no current offset, \
            and all there is as its lag. What is left behind a group's last commit may be markers of transactions only: \
            that is a lag of 0.

            HOW says where the seconds come from: 'record' is the first unread record's own timestamp (that of its \
            producer, which for replayed events is mostly their own time; the broker's where the topic says \
            LogAppendTime), 'interpolated' the time at which it arrived as far as earlier looks tell, 'at-least' that \
            it was there at the first look. A record that says it is more than a minute older than its arrival was \
            replayed: its arrival counts. One look cannot tell when it came; the role 'observe', which goes on \
            looking, can: see the dashboard.

            --json is what /api/v1/lag answers, for all groups at once; what is not known is absent.

            Rates, trends and time until caught up need more than one look: --over watches for that long before it \
            answers, --watch goes on. VERDICT is ok, catching-up, watching (not known yet), growing, never-committed, \
            rewound, stalled (a member has the partition, and the offset stands), stopped (nobody reads it) or lost \
            (removed by retention before it was read). BURROW is the verdict by Burrow's rules.

            In --watch on a terminal: s sorts by the next column, up and down pick a group, enter shows its partitions, \
            q quits. Elsewhere a table is printed at every look. When the brokers stop answering it says since when, shows \
            what was seen last, and goes on when they are back.
            """,
        options: PipelineChoice.options + [
            .flag("all-groups", "Every group of the cluster; with --brokers no pipeline file is needed"),
            .value("group", .text, valueName: "name", "One group only: by its name, or by its role in the pipeline"),
            .value("over", .duration, "Watch for so long before answering; 1s with --fail-on"),
            .flag(
                "wide", "Show rates, trend, time until caught up and Burrow's verdict too, over 1s unless --over says"),
            .value(
                "fail-above", .count(0...Int.max), valueName: "records",
                "Exit with 6 if a group is more records than that behind"),
            .value(
                "fail-on", .text, valueName: "verdict,…",
                "Exit with 6 if a partition has one of these verdicts: ours in small letters, Burrow's in capitals"),
            .flag("watch", short: "w", "A live view, until q or Ctrl-C"),
            .value("interval", .duration, default: "2s", "Between two looks of --watch"), .json,
        ],
        examples: [
            .init("millrace lag", "All groups of the pipeline of this folder"),
            .init("millrace lag --group ingest --watch", "Watch ingest catch up"),
            .init("millrace lag --all-groups --brokers localhost:9092 --wide", "A whole cluster, with rates"),
            .init("millrace lag --fail-above 100k --fail-on stalled,stopped --over 30s", "For a script or a cron job"),
        ],
        exitCodes: .broker + [
            .init(.lagging, "A group is further behind, or has a verdict, as --fail-above or --fail-on say"),
            .init(
                .failure,
                "The command failed, or could not read all that --fail-above or --fail-on ask about; standard error says why"
            ),
        ],
        run: action { arguments in
            let limits = try LagLimits(arguments)
            let source = try LagSource(arguments)
            defer { source.close() }
            if arguments.flag("watch") { return try await watch(source, limits, arguments) }
            var groups = try source.look()
            let isWide = arguments.flag("wide")
            let wait = arguments.durationIfGiven("over") ?? (isWide || limits.verdicts != nil ? .seconds(1) : .zero)
            let end = ContinuousClock.now + wait
            while ContinuousClock.now < end {
                try await Task.sleep(for: max(.milliseconds(1), min(.seconds(1), end - .now)))
                groups = try source.look()
            }
            if arguments.flag("json") {
                arguments.console.print(try CodableText.pretty(groups))
            } else {
                arguments.console.print(LagTable.partitions(groups, isWide: isWide || arguments.isGiven("over")))
                noteOldRecords(groups, on: arguments.console)
                for group in groups where group.partitions.isEmpty {
                    arguments.console.note("\(group.group): nothing that it reads exists")
                }
            }
            source.noteTrouble(on: arguments.console)
            return limits.judge(groups, isComplete: source.trouble.isEmpty, on: arguments.console)
        })

    /// Years of lag, after a file was replayed, are no years of waiting.
    private static func noteOldRecords(_ groups: [GroupObservation], on console: Console) {
        let old = groups.flatMap(\.partitions).filter { $0.age.source == .record && $0.age.reason != nil }
        guard let first = old.first, let reason = first.age.reason else { return }
        let others = old.count > 1 ? ", as others do" : ""
        console.note("\(first.topic)/\(first.partition): the seconds come from \(reason)\(others)")
    }

    /// Until somebody stops it; the exit code is that of the last look.
    private static func watch(
        _ source: LagSource, _ limits: LagLimits, _ arguments: Arguments
    ) async throws -> ExitCode {
        let stop = InterruptSignal.installed()
        let interval = arguments.duration("interval")
        let console = arguments.console
        let keyboard = console.outputIsTerminal && !arguments.flag("json") ? KeyboardMode() : nil
        defer { keyboard?.restore() }
        var screen = LagScreen()
        // Whoever cannot look at all is told so at once; later the brokers may be away for a while.
        var hasSeen = false
        var next = ContinuousClock.now
        while !stop.isRaised && !screen.isOver {
            var isChanged = false
            if ContinuousClock.now >= next {
                next = .now + interval
                do {
                    screen.show(try source.look(), trouble: source.trouble)
                } catch  where hasSeen {
                    screen.showSilence("\(error)", at: .now)
                }
                hasSeen = true
                isChanged = true
                guard keyboard != nil else {
                    if let silence = screen.silenceText {
                        console.warn("\(silence); trying again")
                        continue
                    }
                    if arguments.flag("json") {
                        console.print(try CodableText.line(screen.groups))
                    } else {
                        console.print(LagTable.partitions(screen.groups, isWide: true))
                    }
                    source.noteTrouble(on: console)
                    continue
                }
            }
            for key in keyboard?.keys() ?? [] {
                screen.press(key)
                isChanged = true
            }
            if isChanged, keyboard != nil { screen.draw(on: console) }
            try await Task.sleep(for: .milliseconds(50))
        }
        return limits.judge(screen.groups, isComplete: screen.isComplete, on: console)
    }
}

extension ExitCode {
    /// A group is behind by more than was allowed.
    static let lagging = ExitCode(rawValue: 6)
}
