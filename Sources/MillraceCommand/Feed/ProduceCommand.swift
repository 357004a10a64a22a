import CommandLine
import Compression
import Foundation
import Millrace

enum ProduceCommand {
    static let command = Command(
        name: "produce", summary: "Send a file's events and its delayed labels to the topics, as if they happened now",
        discussion: """
            Reads CSV (with a header) or JSON lines, plain, gzip or zstd, in the order of the file; --sort puts it in \
            the order of time. What goes into an event, its time and its key come from the pipeline file: columns \
            that it does not declare are left out. Numbers keep the file's text.

            A column of labels is split off: each label is sent when it becomes known, --label-delay after its event. \
            Records are stamped with the time of the event, or of the label's report, so that a replayed file is known \
            when it was known.

            The last windows stay open until later events come: there is nothing to flush.
            """,
        arguments: [Argument("file", .file(endings: ["csv", "jsonl", "gz", "zst"]), "The file; - is standard input")],
        options: FeedOptions.target + FeedOptions.pace + [
            .value(
                "format", .choice(EventReader.Format.allCases.map(\.rawValue)), "If the file's name does not say it"),
            .value(
                "key", .text, valueName: "column", "The column that keys messages, so that its events stay in order"),
            .value("labels-column", .text, valueName: "column", "The column of labels (default: as the pipeline says)"),
            .value("time", .text, valueName: "column", "Without a pipeline: the column of the events' time"),
            .value("id", .text, valueName: "column", "Without a pipeline: the column of the events' id"),
            .value("from", .instant, "Leave out events before this time"),
            .value("until", .instant, "Leave out events at or after this time"),
            .flag("sort", "Put the whole file in the order of time first, in memory"),
            .flag("skip-malformed", "Count lines that cannot be read instead of stopping at the first"),
            .value("seed", .integer(0...Int.max), default: "0", "Another seed gives other delays"),
        ] + FeedOptions.labels,
        examples: [
            .init(
                "millrace produce transactions.csv.zst", "As fast as it goes, to the topics of this folder's pipeline"),
            .init(
                "millrace produce transactions.csv --speed 86400x --label-delay 7d",
                "A day a second; labels a week late"),
            .init(
                "millrace produce events.jsonl --brokers localhost:9092 --topic events --time at --labels none",
                "Without a pipeline"),
        ],
        exitCodes: .broker + [
            .init(.failure, "A line cannot be read, or a message was not delivered"),
            .init(.interrupted, "Stopped by Ctrl-C; everything sent so far is acknowledged"),
        ],
        run: action { arguments in
            let pipeline = try PipelineChoice.path(arguments).map { try PipelineFile.load(path: $0).pipeline }
            let pace = try FeedOptions.pace(arguments)
            let delay = try FeedOptions.delay(arguments)
            do {
                let reader = try EventReader(
                    path: arguments.text("file"),
                    format: arguments.textIfGiven("format").flatMap(EventReader.Format.init),
                    zone: pipeline?.timeZone ?? "UTC"
                ) { columns in try layout(columns, pipeline, arguments) }
                let target = try FeedTarget(arguments, pipeline: pipeline)
                try target.prepare(
                    partitions: arguments.integerIfGiven("partitions"), warn: arguments.console.warn)
                return try FileReplay(reader, delay: delay, arguments).run(target, pace)
            } catch let error as CompressionError {
                throw CommandFailure("\(error)")
            } catch let error as ReplayError {
                throw CommandFailure(
                    error.description + "\nCorrect the line, or give --skip-malformed to leave such lines out.")
            }
        })

    /// The layout by the pipeline, or by the command line alone.
    private static func layout(
        _ columns: [String]?, _ pipeline: Pipeline?, _ arguments: Arguments
    ) throws -> EventLayout {
        let wantsLabels = FeedOptions.reports(arguments) != nil
        let given = arguments.textIfGiven("labels-column")
        if let pipeline {
            // A file without the labels' column has no labels, unless one was named.
            let declared = given ?? pipeline.labels?.valueField
            let hasLabels = wantsLabels && (given != nil || columns?.contains(declared ?? "") ?? true)
            return EventLayout(
                pipeline, key: arguments.textIfGiven("key"), labelColumn: given, wantsLabels: hasLabels)
        }
        guard let time = arguments.textIfGiven("time") else {
            throw UsageError(
                .missingOption, "Expected a pipeline file, or --time with the column of the events' time.",
                advice: columns.map { "The file's columns: " + $0.joined(separator: ", ") + "." } ?? "")
        }
        let id = arguments.textIfGiven("id")
        var layout = EventLayout(
            time: time, timeFormat: .iso8601, key: arguments.textIfGiven("key") ?? id, id: id, members: nil, label: nil)
        if wantsLabels, let given {
            guard let id else {
                throw UsageError(
                    .missingOption, "Expected --id, the column by which labels name their event; found nothing.")
            }
            layout.label = .init(
                column: given, eventField: id, reportedField: "reported", valueField: given,
                reportedFormat: .iso8601, positive: ["1", "true"])
        }
        return layout
    }
}
