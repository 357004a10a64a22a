import Foundation
import Testing

import Millrace
@testable import MillraceCore
@testable import MillraceLearning

@Suite struct GateTests {
    private func evidence(
        _ challenger: MetricValue, _ champion: MetricValue?, precision: (Double, Double) = (0.3, 0.3),
        positives: Int = 385, change: (inout GateEvidence) -> Void = { _ in }
    ) -> GateEvidence {
        var result = GateEvidence(
            values: [
                .init(.averagePrecision, challenger: challenger, champion: champion),
                .init(
                    .cardPrecision(100), challenger: .value(precision.0),
                    champion: champion == nil ? nil : .value(precision.1)),
            ], hasChampion: champion != nil, rows: 58_264, positives: positives)
        change(&result)
        return result
    }

    private let rule = GateRule(floor: 0.5, guards: [.init(.cardPrecision(100), entity: "customer", tolerance: 0.03)])

    private func decide(_ evidence: GateEvidence, _ rule: GateRule? = nil) -> (GateDecision.Verdict, GateDecision.Code?)
    {
        let decision = Gate(rule ?? self.rule).decide(evidence)
        return (decision.verdict, decision.reasons.first?.code)
    }

    @Test func `a first model passes when it meets the floor`() {
        #expect(decide(evidence(.value(0.5), nil)) == (.promoted, .firstModel))
        #expect(decide(evidence(.value(0.4999), nil)) == (.rejected, .belowFloor))
        var open = rule
        open.floor = nil
        #expect(decide(evidence(.value(0.01), nil), open) == (.promoted, .firstModel))
    }

    @Test func `a challenger needs the margin, exactly`() {
        #expect(decide(evidence(.value(0.70), .value(0.68))) == (.promoted, .marginMet))
        #expect(decide(evidence(.value(0.6999), .value(0.68))) == (.rejected, .marginNotMet))
        #expect(decide(evidence(.value(0.60), .value(0.68))) == (.rejected, .marginNotMet))
        // The floor is a first model's: after a drift, better is better.
        #expect(decide(evidence(.value(0.40), .value(0.30))) == (.promoted, .marginMet))
    }

    @Test func `a metric that is better when lower is compared so`() {
        let rule = GateRule(metric: .logLoss, margin: 0.01, floor: 0.1)
        func evidence(_ new: Double, _ old: Double?) -> GateEvidence {
            GateEvidence(
                values: [.init(.logLoss, challenger: .value(new), champion: old.map { .value($0) })],
                hasChampion: old != nil, rows: 1000, positives: 300)
        }
        #expect(decide(evidence(0.05, 0.06), rule) == (.promoted, .marginMet))
        #expect(decide(evidence(0.06, 0.05), rule) == (.rejected, .marginNotMet))
        #expect(decide(evidence(0.2, nil), rule) == (.rejected, .belowFloor))
        #expect(decide(evidence(0.1, nil), rule) == (.promoted, .firstModel))
    }

    @Test func `a guard that is broken rejects what the metric would promote`() {
        #expect(decide(evidence(.value(0.75), .value(0.68), precision: (0.27, 0.30))).0 == .promoted)
        #expect(decide(evidence(.value(0.75), .value(0.68), precision: (0.26, 0.30))) == (.rejected, .guardBroken))
    }

    @Test func `alert volume may grow by its share and no more`() {
        let request = MetricRequest(.alertVolume)
        let rule = GateRule(guards: [.init(request, tolerance: 0.25)])
        func evidence(_ new: MetricValue, _ old: MetricValue) -> GateEvidence {
            GateEvidence(
                values: [
                    .init(.averagePrecision, challenger: .value(0.8), champion: .value(0.7)),
                    .init(request, challenger: new, champion: old),
                ], hasChampion: true, rows: 1000, positives: 300)
        }
        #expect(decide(evidence(.value(125), .value(100)), rule).0 == .promoted)
        #expect(decide(evidence(.value(126), .value(100)), rule) == (.rejected, .guardBroken))
        #expect(decide(evidence(.value(1), .undefined(.noThreshold)), rule) == (.inconclusive, .metricUndefined))
    }

    @Test func `too few positives decide nothing, however large the difference`() {
        #expect(decide(evidence(.value(0.9), .value(0.1), positives: 199)) == (.inconclusive, .tooFewPositives))
        #expect(decide(evidence(.value(0.1), .value(0.9), positives: 199)) == (.inconclusive, .tooFewPositives))
        #expect(decide(evidence(.value(0.9), nil, positives: 199)).0 == .inconclusive)
        #expect(decide(evidence(.value(0.9), .value(0.1), positives: 200)).0 == .promoted)
    }

    @Test func `a metric without a value decides nothing and says why`() {
        let decision = Gate(rule).decide(evidence(.undefined(.noPositives), .value(0.5)))
        #expect(decision.verdict == .inconclusive)
        #expect(decision.reasons[0].message.contains("undefined, because no row is positive"))
        #expect(decide(evidence(.value(0.5), .undefined(.noPositives))).0 == .inconclusive)
        let empty = GateEvidence(values: [], hasChampion: true, rows: 1000, positives: 300)
        #expect(decide(empty) == (.inconclusive, .metricUndefined))
    }

    enum Circumstance: CaseIterable { case holdoutSeen, heldByRollback }

    @Test(arguments: Circumstance.allCases)
    func `no circumstance that needs a person promotes by itself`(circumstance: Circumstance) {
        let isSeen = circumstance == .holdoutSeen
        let code: GateDecision.Code = isSeen ? .holdoutSeen : .heldByRollback
        let flag: WritableKeyPath<GateEvidence, Bool> = isSeen ? \.holdoutSeen : \.heldByRollback
        let better = evidence(.value(0.75), .value(0.68)) { $0[keyPath: flag] = true }
        #expect(decide(better) == (.awaitingApproval, code))
        let first = evidence(.value(0.75), nil) { $0[keyPath: flag] = true }
        #expect(decide(first) == (.awaitingApproval, code))
        // It does not make a worse model wait for approval.
        let worse = evidence(.value(0.60), .value(0.68)) { $0[keyPath: flag] = true }
        #expect(decide(worse) == (.rejected, .marginNotMet))
        let approved = evidence(.value(0.75), .value(0.68)) {
            $0[keyPath: flag] = true
            $0.isApproved = true
        }
        #expect(decide(approved).0 == .promoted)
    }

    @Test func `manual approval waits, and approval does not help a worse model`() {
        var manual = rule
        manual.approval = .manual
        #expect(decide(evidence(.value(0.75), .value(0.68)), manual) == (.awaitingApproval, .manualApproval))
        #expect(decide(evidence(.value(0.75), .value(0.68)) { $0.isApproved = true }, manual).0 == .promoted)
        #expect(decide(evidence(.value(0.60), .value(0.68)) { $0.isApproved = true }, manual).0 == .rejected)
    }

    @Test func `a decision survives JSON with every number`() throws {
        for item in [
            evidence(.value(0.70), .value(0.68)), evidence(.undefined(.noRows), nil),
            evidence(.value(0.1), .value(0.2), positives: 0) { $0.holdoutSeen = true },
        ] {
            let decision = Gate(rule).decide(item)
            let data = try JSONEncoder().encode(decision)
            #expect(try JSONDecoder().decode(GateDecision.self, from: data) == decision)
            #expect(!decision.summary.isEmpty)
        }
        let reason = Gate(rule).decide(evidence(.value(0.70), .value(0.68))).reasons[0]
        #expect(reason.numbers["challenger"] == 0.70 && reason.numbers["margin"] == 0.02)
        #expect(reason.message.contains("0.7000") && reason.message.contains("0.6800"))
    }

    @Test func `evidence counts alerts at each model's own threshold`() throws {
        let rows = try ScoredRows(scores: [0.9, 0.6, 0.4, 0.1], labels: [1, 0, 1, 0], days: [0, 0, 1, 1])
        let champion = Ranking(rows)
        let challenger = Ranking(try rows.scored(by: [0.09, 0.04, 0.06, 0.01]))
        let rule = GateRule(guards: [.init(MetricRequest(.alertVolume), tolerance: 0.1)], minimumPositives: 1)
        let evidence = try GateEvidence(
            for: rule, challenger: challenger, champion: champion, challengerThreshold: 0.05, championThreshold: 0.5)
        #expect(evidence.values[1].challenger == .value(1) && evidence.values[1].champion == .value(1))
        #expect(evidence.positives == 2 && evidence.rows == 4)
        #expect(Gate(rule).decide(evidence).verdict == .promoted)
    }
}
