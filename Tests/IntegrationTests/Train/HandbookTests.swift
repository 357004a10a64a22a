import Foundation
import Millrace
import MillraceWorker
import Testing

/// The quality anchor: the published figures of the fraud benchmark, through planner, assembly, trainer, exclusion and
/// metrics. Skipped without `MILLRACE_DATA`, the folder of the benchmark's transactions.
@Suite(.enabled(if: HandbookDatasets.dataFolder != nil, "needs MILLRACE_DATA: the benchmark's transactions"))
struct HandbookTests {
    private func fold(_ change: (inout Pipeline) -> Void) throws -> BacktestResult.Fold {
        let folder = try HandbookDatasets.folder.get()
        var pipeline = HandbookDatasets.pipeline(folder: folder)
        change(&pipeline)
        let catalog = try DatasetCatalog(
            stored: folder, featureHash: HandbookDatasets.hash, maturity: .seconds(7 * 86_400))
        let backtest = Backtest(pipeline: pipeline, featureHash: HandbookDatasets.hash, trainer: XGBoostTrainer())
        let result = try backtest.run(catalog: catalog, at: [Timestamp(rfc3339: "2018-08-22T00:00:00Z")!])
        for line in result.table { print(line.joined(separator: "  ")) }
        return try #require(result.folds.first)
    }

    private func figures(_ fold: BacktestResult.Fold) throws -> (auc: Double, ap: Double, cp: Double) {
        #expect(fold.refusal == nil)
        let numbers = try #require(fold.numbers)
        return (
            try #require(numbers.challenger["auc_roc"]), try #require(numbers.challenger["average_precision"]),
            try #require(numbers.challenger["card_precision@100"])
        )
    }

    @Test func thePublishedProtocolGivesThePublishedFigures() throws {
        let fold = try fold { pipeline in
            pipeline.training.trainer.parameters = [
                "objective": "binary:logistic", "tree_method": "exact", "base_score": "0.5", "eta": "0.3",
                "max_depth": "6",
            ]
        }
        #expect(fold.training == .init(rows: 67_240, positives: 598))
        #expect(fold.numbers?.rows == 58_264)
        #expect(fold.numbers?.positives == 385)
        let found = try figures(fold)
        #expect(abs(found.auc - 0.862) <= 0.001)
        #expect(abs(found.ap - 0.639) <= 0.002)
        #expect(abs(found.cp - 0.273) <= 0.002)
    }

    @Test func theShippedDefaultsFitRareEvents() throws {
        let fold = try fold { _ in }
        let found = try figures(fold)
        #expect(found.ap >= 0.68)
        #expect(fold.verdict == .promoted)
    }

    @Test func theSameInputGivesTheSameBytes() throws {
        let first = try fold { _ in }
        let second = try fold { _ in }
        #expect(first.modelChecksum == second.modelChecksum)
        #expect(first.modelChecksum != nil)
    }
}
