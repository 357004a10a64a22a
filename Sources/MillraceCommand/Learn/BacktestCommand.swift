import CommandLine
import Foundation
import Millrace
import MillraceWorker

enum BacktestCommand {
    static let command = Command(
        name: "backtest", summary: "Train and judge on stored datasets, as it would have been at past moments",
        discussion: """
            Uses the datasets of the pipeline's folder, and no broker: the same planner, trainer, exclusions, metrics \
            and gate as the worker, with the labels that were known at each moment. Nothing is published.

            Without --train and --test it goes through --folds moments, --every apart, up to the newest dataset; the \
            gate moves a champion from fold to fold.
            """,
        options: [
            PipelineChoice.option,
            .value(
                "train", .text, valueName: "from..until", "Train on this span, days included: 2018-07-25..2018-07-31"),
            .value("test", .text, valueName: "from..until", "Judge on this span"),
            .value("delay", .duration, "Between both spans (default: as the pipeline says, or as the spans say)"),
            .value("folds", .integer(1...1000), valueName: "n", default: "4", "The newest so many moments"),
            .value("every", .duration, "Between moments (default: the holdout's length)"),
            .value("until", .instant, "The last moment (default: the end of the newest dataset)"),
            .values("set", .text, valueName: "name=value", "A parameter of the trainer, over the pipeline's"),
            .value("minimum-positives", .integer(0...Int.max), "In training, instead of the pipeline's minimum"),
            .json,
        ],
        examples: [
            .init("millrace backtest", "Would the pipeline have promoted in the last four periods?"),
            .init(
                "millrace backtest --train 2018-07-25..2018-07-31 --delay 7d --test 2018-08-08..2018-08-14",
                "The published protocol of the benchmark"),
            .init("millrace backtest --folds 8 --set max_depth=6 --set eta=0.3", "Other parameters, eight folds"),
        ],
        exitCodes: .pipeline + [.init(.failure, "No fold could run: each says why")],
        run: action { arguments in
            var pipeline = try PipelineChoice.load(arguments).pipeline
            let plan = try BacktestPlan(arguments, &pipeline)
            let hash = pipeline.featureHash
            let catalog: DatasetCatalog
            do throws(DatasetError) {
                catalog = try DatasetCatalog(
                    stored: pipeline.folder, featureHash: hash, maturity: pipeline.labels?.maturity ?? .zero)
            } catch {
                throw CommandFailure("the datasets of \(pipeline.folder) cannot be read: \(error)")
            }
            guard let newest = catalog.all(hash).last else {
                throw CommandFailure(
                    "Expected datasets of these features (\(hash.prefix(12))) in \(pipeline.folder), found none. "
                        + "'millrace run' makes them; other features have another hash.")
            }
            let moments = plan.moments(newest: newest.window.end)
            let stop = InterruptSignal.installed()
            let rounds = pipeline.training.trainer.rounds
            let progress = Progress("backtest", total: moments.count * rounds, unit: "rounds", on: arguments.console)
            let result = try Backtest(pipeline: pipeline, featureHash: hash, trainer: XGBoostTrainer()).run(
                catalog: catalog, at: moments
            ) { step in
                if let reason = stop.reason { throw CommandFailure("stopped", exitCode: reason.exitCode) }
                progress.update(done: (step.fold - 1) * rounds + step.round)
            }
            if arguments.flag("json") {
                arguments.console.print(try CodableText.pretty(result))
            } else {
                write(result, on: arguments.console)
            }
            return result.folds.allSatisfy { $0.refusal != nil } ? .failure : .success
        })

    private static func write(_ result: BacktestResult, on console: Console) {
        var table = Table(result.header.map { $0.uppercased() })
        for row in result.table { table.add(row.map { .init($0) }) }
        console.print(table)
        for (index, fold) in result.folds.enumerated() {
            if let refusal = fold.refusal {
                console.print("\(index + 1): \(refusal.code.rawValue): \(refusal.message)")
            } else if let reason = fold.reason {
                console.print("\(index + 1): \(reason)")
            }
        }
    }
}
