import Foundation
import TestSupport
import Testing

import Millrace
@testable import MillraceLearning

/// The same numbers as scikit-learn, from scikit-learn itself where it is installed.
@Suite struct ScikitLearnTests {
    private struct Answer: Decodable {
        var auc, averagePrecision, logLoss, brier, precision, recall, f1: Double
        var precisions, recalls, thresholds: [Double]
        var falsePositiveRates, truePositiveRates: [Double]
        var calibrationObserved, calibrationExpected: [Double]?
    }

    private static let script = """
        import json, sys, numpy as np
        from sklearn import metrics as m
        from sklearn.calibration import calibration_curve
        answers = {}
        for case in json.load(sys.stdin):
            y, s = np.array(case["labels"]), np.array(case["scores"], dtype=np.float64)
            w = np.array(case["weights"]) if case.get("weights") is not None else None
            p, r, t = m.precision_recall_curve(y, s, sample_weight=w)
            fpr, tpr, _ = m.roc_curve(y, s, sample_weight=w, drop_intermediate=False)
            alerts = (s >= 0.5).astype(int)
            k = dict(sample_weight=w, zero_division=0)
            a = dict(auc=m.roc_auc_score(y, s, sample_weight=w),
                averagePrecision=m.average_precision_score(y, s, sample_weight=w),
                logLoss=m.log_loss(y, s, sample_weight=w), brier=m.brier_score_loss(y, s, sample_weight=w),
                precision=m.precision_score(y, alerts, **k), recall=m.recall_score(y, alerts, **k),
                f1=m.f1_score(y, alerts, **k), precisions=p.tolist(), recalls=r.tolist(), thresholds=t.tolist(),
                falsePositiveRates=fpr.tolist(), truePositiveRates=tpr.tolist())
            if w is None:
                o, e = calibration_curve(y, s, n_bins=10, strategy="uniform")
                a.update(calibrationObserved=o.tolist(), calibrationExpected=e.tolist())
            answers[case["name"]] = a
        json.dump(answers, sys.stdout)
        """

    @Test(
        .enabled(
            if: Python.has("numpy", "sklearn"), "needs python3 with numpy and scikit-learn: pip install scikit-learn"))
    func `every metric and curve is scikit-learn's to 1e-12`() throws {
        let output = try Python.run(Self.script, input: JSONEncoder().encode(EvaluationCase.all))
        let answers = try JSONDecoder().decode([String: Answer].self, from: output)
        var largest = 0.0
        for item in EvaluationCase.all {
            let answer = try #require(answers[item.name])
            let ranking = Ranking(try item.rows)
            func compare(_ what: String, _ ours: [Double], _ theirs: [Double]) {
                guard ours.count == theirs.count else {
                    Issue.record("\(item.name) \(what): \(ours.count) values, scikit-learn has \(theirs.count)")
                    return
                }
                let distance = zip(ours, theirs).map { abs($0 - $1) }.max() ?? 0
                largest = max(largest, distance)
                #expect(distance <= 1e-12, "\(item.name) \(what)")
            }
            func compare(_ what: String, _ ours: MetricValue, _ theirs: Double) {
                compare(what, [ours.value ?? .nan], [theirs])
            }
            compare("auc", ranking.areaUnderROC, answer.auc)
            compare("average precision", ranking.averagePrecision, answer.averagePrecision)
            compare("log loss", ranking.logLoss, answer.logLoss)
            compare("brier", ranking.brier, answer.brier)
            let point = try ranking.point(at: 0.5)
            compare("precision", point.precision.value ?? 0, answer.precision)
            compare("recall", point.recall, answer.recall)
            compare("f1", point.f1, answer.f1)
            // scikit-learn gives the curve from the lowest threshold up and appends the point (1, 0).
            let curve = Array(ranking.precisionRecallCurve.reversed())
            compare("precisions", curve.map(\.precision) + [1], answer.precisions)
            compare("recalls", curve.map(\.recall) + [0], answer.recalls)
            compare("thresholds", curve.map(\.threshold), answer.thresholds)
            let roc = ranking.rocCurve
            compare("false positive rates", [0] + roc.map(\.falsePositiveRate), answer.falsePositiveRates)
            compare("true positive rates", [0] + roc.map(\.truePositiveRate), answer.truePositiveRates)
            if let observed = answer.calibrationObserved, let expected = answer.calibrationExpected {
                let bins = ranking.calibration(.uniform(10))
                compare("calibration observed", bins.map(\.observed), observed)
                compare("calibration expected", bins.map(\.expected), expected)
            }
            func compare(_ what: String, _ ours: Double, _ theirs: Double) { compare(what, [ours], [theirs]) }
        }
        print("largest distance from scikit-learn: \(largest)")
    }
}
