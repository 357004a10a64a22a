import Foundation
import Testing

import Millrace
@testable import MillraceLearning

@Suite struct GoldenMetricsTests {
    /// scikit-learn 1.9's roc_auc_score, average_precision_score, log_loss, brier_score_loss and f1_score at 0.5.
    private static let golden: [(String, [Double])] = [
        (
            "continuous",
            [0.78763081280982, 0.6155323076906773, 0.631107065754034, 0.20531844945772693, 0.5750350631136045]
        ),
        (
            "rare",
            [0.7664346343779918, 0.062121089510290065, 0.6070994335693567, 0.19782148161770768, 0.030733641771315268]
        ),
        ("ties", [0.789143210949164, 0.5674147258908423, 1.3673217138931268, 0.19691, 0.5911602209944752]),
        ("two-scores", [0.7257129499766245, 0.47749604382227634, 0.5930962887015153, 0.2015, 0.6212534059945504]),
        (
            "edges",
            [0.7696081504702195, 0.5405042165134206, 4.004375921378122, 0.21387545189944507, 0.5661764705882353]
        ),
        ("nearly-equal", [0.7875182127246236, 0.6036738356655096, 0.6931471805599453, 0.25, 0.4496124031007752]),
        ("tiny-scores", [0.7656344525105869, 0.6257930988727092, 10.957270630291614, 0.304, 0.0]),
        (
            "weighted",
            [0.7760000644352241, 0.6653587298744892, 0.6384303205474499, 0.2138203051144043, 0.6009607369163608]
        ),
        (
            "weighted-ties",
            [0.7807866125533025, 0.568788734867095, 1.5475005574680598, 0.18706722581506832, 0.5859044739456197]
        ),
        (
            "weights-of-nothing",
            [0.8504065040650406, 0.721346721511552, 0.5699915487489068, 0.1862005990104626, 0.6520376175548589]
        ),
        (
            "weights-far-apart",
            [0.7853989813242785, 0.6652976929835237, 0.6117101258122283, 0.19862459825523635, 0.5963302752293578]
        ),
        ("all-equal", [0.5, 0.16, 0.5757000410632971, 0.19200000000000003, 0.0]),
        ("pair", [1.0, 1.0, 0.2231435513142097, 0.03999999999999999, 1.0]),
        ("wrong-pair", [0.0, 0.5, 1.6094379124341005, 0.6400000000000001, 0.0]),
        ("one-positive-last", [0.0, 0.01, 1.328212964323628, 0.33835, 0.0]),
        ("perfect", [1.0, 0.9999999999999999, 0.6640068019662485, 0.23935000000000003, 0.3333333333333333]),
    ]

    @Test(arguments: golden)
    func `metrics equal scikit-learn's committed values to 1e-12`(name: String, expected: [Double]) throws {
        let item = try #require(EvaluationCase.all.first { $0.name == name })
        let ranking = Ranking(try item.rows)
        let found = [
            ranking.areaUnderROC, ranking.averagePrecision, ranking.logLoss, ranking.brier,
            try ranking.point(at: 0.5).f1,
        ].map { $0.value ?? .nan }
        for (found, expected) in zip(found, expected) { #expect(abs(found - expected) <= 1e-12) }
    }

    @Test func `every case has its committed values`() {
        #expect(Self.golden.map(\.0) == EvaluationCase.all.map(\.name))
    }
}
