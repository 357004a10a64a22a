import CommandLine
import Foundation
import Millrace
import MillraceWorker

enum ReproduceCommand {
    static let command = Command(
        name: "reproduce", summary: "Make a version again from the data that its lineage names, and compare the bytes",
        discussion: """
            Trains with the same rows, labels as they were known then, parameters and threads; writes nothing. The \
            datasets must be in the pipeline's folder: in an empty one, 'millrace run' makes them again from the \
            topics, with the same bytes.
            """,
        arguments: [Argument("version", .text, default: "champion", "A version's number, 'champion' or 'previous'")],
        options: PipelineChoice.options + [.json],
        examples: [
            .init("millrace reproduce 7", "Is version 7 what its lineage says?"),
            .init("millrace reproduce champion --json", "For a machine"),
        ],
        exitCodes: .broker + [.init(.failure, "Another model came out, or its data are not there any more")],
        run: action { arguments in
            let connection = try PipelineChoice.connect(arguments)
            let (view, _) = try connection.view([.datasets, .models, .releases])
            let name = arguments.text("version")
            guard let number = try ModelsCommand.number(name, view),
                let version = view.versions.first(where: { $0.version == number })
            else {
                throw CommandFailure("Expected a version '\(name)', found none. 'millrace models' lists them.")
            }
            var catalog = DatasetCatalog()
            for arrived in view.labelWindows { catalog.add(arrived) }
            for dataset in view.datasets { catalog.add(dataset) }
            let stop = InterruptSignal.installed()
            let progress = Progress(
                "reproduce", total: Int(version.verdict.model.lineage.parameters["rounds"] ?? ""), unit: "rounds",
                on: arguments.console)
            let trainer = XGBoostTrainer()
            let result: Reproduction
            do {
                result = try Reproduction(
                    of: version.verdict.model, run: version.run, catalog: catalog, folder: connection.pipeline.folder,
                    reach: RunReach(connection.pipeline), trainer: trainer,
                    versions: [trainer.name: trainer.version, "millrace": MillraceVersion.text]
                ) { round in
                    if let reason = stop.reason { throw CommandFailure("stopped", exitCode: reason.exitCode) }
                    progress.update(done: round.completed)
                }
            } catch let refusal as RunRefusal {
                throw CommandFailure(refusal.message)
            } catch let error as DatasetError {
                throw CommandFailure("\(error)")
            }
            if arguments.flag("json") {
                arguments.console.print(try CodableText.pretty(result))
            } else {
                write(result, number, on: arguments.console)
            }
            return result.isSame ? .success : .failure
        })

    private static func write(_ result: Reproduction, _ number: Int, on console: Console) {
        console.print(
            "version \(number), run \(result.run): \(Human.grouped(result.rows)) rows, "
                + "\(Human.grouped(result.positives)) positive")
        if result.isSame {
            console.print(console.style.green("The same model, byte for byte: sha256 \(result.found)"))
            return
        }
        console.fail("expected sha256 \(result.expected), found \(result.found)")
        for change in result.changedVersions { console.fail("a likely cause: \(change)") }
    }
}
