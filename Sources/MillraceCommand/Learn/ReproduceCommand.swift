import CommandLine
import Foundation
import Millrace
import MillraceWorker

enum ReproduceCommand {
    static let command = Command(
        name: "reproduce", summary: "Make a version again from the data that its lineage names, and compare the bytes",
        discussion: """
            Reads again the very records of the source topics that the version was made of, and makes slices, datasets, \
            labels and the model of them in a folder of its own, with the labels as they were known then, and the \
            parameters and threads of then. Every file is compared with the checksum that was announced: what comes out \
            is the same, byte for byte, or the files that differ are named. If the topics' retention has removed records, \
            it says which, and makes nothing.

            Features look back: windows before those of the lineage are made too, and their number is told. Of the \
            pipeline's folder only the ledgers are read. Room is needed for the slices and datasets of these windows, \
            below TMPDIR or where --into says.

            With --from-datasets nothing is read from the source topics: the model alone is trained again from the \
            datasets on disk, whose checksums are verified. That is a matter of seconds, proves less, and is what is left \
            when retention has removed the records.
            """,
        arguments: [Argument("version", .text, default: "champion", "A version's number, 'champion' or 'previous'")],
        options: PipelineChoice.options + [
            .flag("from-datasets", "Train again from the datasets on disk; do not read the source topics"),
            .value(
                "into", .text, valueName: "folder",
                "Make it in this folder, which is empty or not there yet, and keep what was made"),
            .json,
        ],
        examples: [
            .init("millrace reproduce 7", "Is version 7 what its lineage says, from the records on?"),
            .init("millrace reproduce 7 --into /data/again", "And keep slices, datasets and labels to look at"),
            .init("millrace reproduce champion --from-datasets", "Only whether training gives the same model again"),
            .init("millrace reproduce champion --json | jq .differences", "For a machine"),
        ],
        exitCodes: .broker + [.init(.failure, "Something else came out, or its data are not there any more")],
        run: action { arguments in
            let connection = try PipelineChoice.connect(arguments)
            let (view, _) = try connection.view([.datasets, .models, .releases])
            let name = arguments.text("version")
            guard let number = try ModelsCommand.number(name, view),
                let version = view.versions.first(where: { $0.version == number })
            else {
                throw CommandFailure("Expected a version '\(name)', found none. 'millrace models' lists them.")
            }
            let report: ReproductionReport
            do {
                report =
                    arguments.flag("from-datasets")
                    ? try fromDatasets(version, connection, view, arguments)
                    : try fromLog(version, connection, arguments)
            } catch let refusal as RunRefusal {
                throw CommandFailure(refusal.message)
            } catch let error as DatasetError {
                throw CommandFailure("\(error)")
            } catch let error as FileError {
                throw CommandFailure(error.message)
            }
            if arguments.flag("json") {
                arguments.console.print(try CodableText.pretty(report))
            } else {
                write(report, on: arguments.console)
            }
            return report.isSame ? .success : .failure
        })

    private static let trainer = XGBoostTrainer()
    private static var versions: [String: String] {
        [trainer.name: trainer.version, "millrace": MillraceVersion.text]
    }

    private static func fromDatasets(
        _ version: VersionSummary, _ connection: PipelineConnection, _ view: PipelineView, _ arguments: Arguments
    ) throws -> ReproductionReport {
        var catalog = DatasetCatalog()
        for arrived in view.labelWindows { catalog.add(arrived) }
        for dataset in view.datasets { catalog.add(dataset) }
        let model = version.verdict.model
        let stop = InterruptSignal.installed()
        let progress = Progress(
            "reproduce", total: Int(model.lineage.parameters["rounds"] ?? ""), unit: "rounds", on: arguments.console)
        var report = ReproductionReport(version: version.version, run: version.run, source: .datasets)
        let result = try Reproduction(
            of: model, run: version.run, catalog: catalog, folder: connection.pipeline.folder,
            reach: RunReach(connection.pipeline), trainer: trainer, versions: versions
        ) { round in
            if let reason = stop.reason { throw CommandFailure("stopped", exitCode: reason.exitCode) }
            progress.update(done: round.completed)
        }
        report.finish(result, path: "\(model.folder)/model.ubj")
        return report
    }

    private static func fromLog(
        _ version: VersionSummary, _ connection: PipelineConnection, _ arguments: Arguments
    ) throws -> ReproductionReport {
        let files = FileManager.default
        let given = arguments.textIfGiven("into")
        let folder =
            given ?? files.temporaryDirectory.appending(path: "millrace-reproduce-\(UUID().uuidString)").path
        if let found = try? files.contentsOfDirectory(atPath: folder), !found.isEmpty {
            throw CommandFailure("Expected an empty folder, or none, at \(folder), found \(found.count) files in it.")
        }
        try DurableFile.createFolder(folder)
        defer { if given == nil { try? files.removeItem(atPath: folder) } }
        let stop = InterruptSignal.installed()
        let progress = StagedProgress(on: arguments.console)
        defer { progress.finish() }
        return try Reproducer(connection, into: folder).reproduce(
            version.version, run: version.run, of: version.verdict.model, trainer: trainer, versions: versions
        ) { stage, done, total in
            if let reason = stop.reason { throw CommandFailure("stopped", exitCode: reason.exitCode) }
            progress.update(stage, done: done, total: total)
        }
    }

    private static func write(_ report: ReproductionReport, on console: Console) {
        if let rebuilt = report.rebuilt {
            console.print(
                "version \(report.version), run \(report.run): \(Human.grouped(rebuilt.slices)) slices of "
                    + "\(Human.grouped(rebuilt.rows)) rows; \(rebuilt.datasets) datasets, and before them "
                    + "\(rebuilt.earlierWindows) windows that their features look back at; labels of "
                    + "\(rebuilt.labelWindows) windows")
        }
        for gap in report.missing {
            console.fail(
                "\(gap.topic)/\(gap.partition): \(Human.grouped(gap.rows)) rows between offsets \(gap.firstOffset) and "
                    + "\(gap.lastOffset), of windows \(gap.windows), are not in the topic any more: its retention has "
                    + "removed them")
        }
        if !report.missing.isEmpty {
            console.fail("'--from-datasets' trains again from the datasets on disk, as far as they are kept")
        }
        for difference in report.differences.prefix(20) {
            console.fail(
                "\(difference.kind.rawValue) \(difference.path): expected sha256 \(difference.expected ?? "no such file"), "
                    + "found \(difference.found ?? "no such file")")
        }
        if report.differences.count > 20 { console.fail("and \(report.differences.count - 20) more files differ") }
        guard let model = report.model else { return }
        console.print(
            "trained on \(Human.grouped(model.rows)) rows, \(Human.grouped(model.positives)) positive")
        if report.isSame {
            let what = report.source == .log ? "The same files and the same model" : "The same model"
            console.print(console.style.green("\(what), byte for byte: sha256 \(model.found)"))
        } else if model.isSame {
            console.print("The model itself is the same, byte for byte: sha256 \(model.found)")
        }
        for change in report.isSame ? [] : model.changedVersions { console.fail("a likely cause: \(change)") }
    }
}
