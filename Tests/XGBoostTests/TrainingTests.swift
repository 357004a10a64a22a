import Testing
import XGBoost

@Suite struct TrainingTests {
    private struct GivenUp: Error {}

    @Test func `every round reports every metric of every set`() throws {
        let train = try Rows(count: 800, seed: 1).matrix()
        let valid = try Rows(count: 400, seed: 2).matrix()
        var seen: [RoundReport] = []
        let training = try Booster.train(
            on: train, parameters: Rows.parameters, rounds: 6, evaluating: [("train", train), ("valid", valid)]
        ) {
            seen.append($0)
            return .proceed
        }
        #expect(seen.map(\.round) == Array(0..<6))
        #expect(seen == training.history)
        for report in seen {
            #expect(
                report.metrics.map { "\($0.set)-\($0.metric)" }
                    == ["train-logloss", "train-aucpr", "valid-logloss", "valid-aucpr"])
        }
        #expect(training.stopReason == .completed)
        #expect(seen[5].metrics[0].value < seen[0].metrics[0].value)
    }

    @Test func `a callback that says stop keeps the rounds so far`() throws {
        let training = try Booster.train(
            on: try Rows(count: 300, seed: 1).matrix(), parameters: Rows.parameters, rounds: 50
        ) { $0.round == 3 ? .stop : .proceed }
        #expect(training.stopReason == .cancelled)
        #expect(try training.booster.roundCount == 4)
    }

    @Test func `a callback that throws ends the training with its error`() throws {
        #expect(throws: GivenUp.self) {
            try Booster.train(on: try Rows(count: 300, seed: 1).matrix(), parameters: Rows.parameters, rounds: 50) {
                if $0.round == 2 { throw GivenUp() }
                return .proceed
            }
        }
    }

    @Test func `early stopping keeps the rounds up to the best and no more`() throws {
        let training = try Booster.train(
            on: try Rows(count: 300, seed: 1).matrix(),
            parameters: Rows.parameters + [("eta", "0.9"), ("max_depth", "8")],
            rounds: 400, evaluating: [("valid", try Rows(count: 300, seed: 2).matrix())],
            earlyStopping: EarlyStopping(rounds: 5, metric: "logloss"))
        let losses = training.history.map { $0.metrics[0].value }
        let best = try #require(losses.indices.min { losses[$0] < losses[$1] })
        #expect(training.stopReason == .earlyStopping)
        #expect(training.bestRound == best)
        #expect(training.bestValue == losses[best])
        #expect(training.history.count == best + 6)
        #expect(try training.booster.roundCount == best + 1)
    }

    @Test func `early stopping maximises a metric that rises`() throws {
        let training = try Booster.train(
            on: try Rows(count: 300, seed: 1).matrix(),
            parameters: Rows.parameters + [("eta", "0.9"), ("max_depth", "8")],
            rounds: 400, evaluating: [("valid", try Rows(count: 300, seed: 2).matrix())],
            earlyStopping: EarlyStopping(rounds: 4))
        let areas = training.history.map { $0.metrics[1].value }
        #expect(training.bestValue == areas.max())
        #expect(training.stopReason == .earlyStopping)
    }

    @Test func `early stopping on a metric nobody reports is refused, naming those reported`() throws {
        let rows = try Rows(count: 300, seed: 1).matrix()
        let error = #expect(throws: XGBoostError.self) {
            try Booster.train(
                on: rows, parameters: Rows.parameters, rounds: 5, evaluating: [("valid", rows)],
                earlyStopping: EarlyStopping(rounds: 2, metric: "auc"))
        }
        #expect(error?.code == .unknownMetric)
        #expect(error?.message.contains("valid-logloss, valid-aucpr") == true)
    }

    @Test func `a misspelt parameter is an error, not a log line`() throws {
        let rows = try Rows(count: 300, seed: 1).matrix()
        let error = #expect(throws: XGBoostError.self) {
            try Booster.train(on: rows, parameters: Rows.parameters + [("max_depht", "4")], rounds: 2)
        }
        #expect(error?.code == .unusedParameter)
        #expect(error?.message.contains("max_depht") == true)
        let training = try Booster.train(
            on: rows, parameters: Rows.parameters + [("max_depht", "4")], rounds: 2, allowUnusedParameters: true)
        #expect(training.warnings.contains { $0.contains("max_depht") })
    }

    @Test func `a value XGBoost cannot read is refused in its own words`() throws {
        let rows = try Rows(count: 300, seed: 1).matrix()
        for (name, value) in [("max_depth", "deep"), ("tree_method", "guess"), ("objective", "binary:magic")] {
            let error = #expect(throws: XGBoostError.self) {
                try Booster.train(on: rows, parameters: Rows.parameters + [(name, value)], rounds: 1)
            }
            #expect(error?.code == .library)
            #expect(error?.message.contains(value) == true)
        }
    }

    @Test(arguments: [
        [("tree_method", "exact"), ("base_score", "0.5"), ("eta", "0.3"), ("max_depth", "6")],
        [("tree_method", "hist"), ("max_bin", "4096"), ("base_score", "0.5"), ("eta", "0.1"), ("max_depth", "3")],
    ])
    func `the benchmark's settings are all used`(parameters: [(String, String)]) throws {
        let rows = try Rows(count: 500, seed: 1).matrix()
        let training = try Booster.train(
            on: rows, parameters: [("objective", "binary:logistic"), ("nthread", "2")] + parameters, rounds: 3)
        #expect(training.warnings.isEmpty)
    }

    @Test func `trainings on many threads do not disturb each other`() async throws {
        let rows = Rows(count: 500, seed: 9)
        let shared = try rows.matrix()
        let expected = try Booster.train(on: shared, parameters: Rows.parameters, rounds: 8).booster.serialized()
        try await withThrowingTaskGroup(of: [UInt8].self) { group in
            for _ in 0..<6 {
                group.addTask { @concurrent in
                    try Booster.train(on: shared, parameters: Rows.parameters, rounds: 8).booster.serialized()
                }
            }
            for try await bytes in group { #expect(bytes == expected) }
        }
    }

    @Test func `the library says its version`() {
        #expect(Library.version.split(separator: ".").count == 3)
        #expect(Library.version != "0.0.0")
    }
}
