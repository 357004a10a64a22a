import Foundation
import Testing
import XGBoost

@Suite struct BoosterTests {
    @Test func `the same rows, parameters and seed give the same bytes`() throws {
        let rows = Rows(count: 3000, seed: 11)
        let first = try Booster.train(on: try rows.matrix(), parameters: Rows.parameters, rounds: 30).booster
        let second = try Booster.train(on: try rows.matrix(), parameters: Rows.parameters, rounds: 30).booster
        for format in ModelFormat.allCases {
            #expect(try first.serialized(as: format) == second.serialized(as: format))
        }
        var other = Rows.parameters
        other.append(("seed", "8"))
        let third = try Booster.train(on: try rows.matrix(), parameters: other, rounds: 30).booster
        #expect(try first.serialized() != third.serialized())
    }

    @Test func `watching a training does not change its model`() throws {
        let rows = Rows(count: 1000, seed: 11)
        let alone = try Booster.train(on: try rows.matrix(), parameters: Rows.parameters, rounds: 10).booster
        let watched = try Booster.train(
            on: try rows.matrix(), parameters: Rows.parameters, rounds: 10,
            evaluating: [("valid", try Rows(count: 300, seed: 12).matrix())]
        ).booster
        #expect(try alone.serialized() == watched.serialized())
    }

    @Test(arguments: ModelFormat.allCases)
    func `a model read back predicts the same and writes the same bytes`(format: ModelFormat) throws {
        let rows = Rows(count: 600, seed: 2)
        let booster = try Booster.train(on: try rows.matrix(), parameters: Rows.parameters, rounds: 12).booster
        try booster.setAttribute("features", "sha256:abc")
        let bytes = try booster.serialized(as: format)
        let copy = try Booster(serialized: bytes, threads: 1)
        #expect(try copy.predict(rows.matrix()) == booster.predict(rows.matrix()))
        #expect(try copy.serialized(as: format) == bytes)
        #expect(try copy.attribute("features") == "sha256:abc")
        #expect(try copy.attribute("absent") == nil)
        #expect(try copy.roundCount == 12)
        #expect(try copy.featureCount == 4)
    }

    @Test func `bytes that are no model are refused and the process lives`() throws {
        let rows = Rows(count: 200, seed: 2)
        let model = try Booster.train(on: try rows.matrix(), parameters: Rows.parameters, rounds: 3).booster
        for bytes: [UInt8] in [
            [], Array("garbage".utf8), [0, 1, 2, 3], Array("{\"learner\": 3}".utf8), Array("{}".utf8),
        ] {
            #expect(throws: XGBoostError.self) { try Booster(serialized: bytes) }
        }
        for format in ModelFormat.allCases {
            let bytes = try model.serialized(as: format)
            for length in [1, 2, 10, 100, bytes.count / 2, bytes.count - 1] {
                #expect(throws: XGBoostError.self) { try Booster(serialized: Array(bytes.prefix(length))) }
            }
        }
    }

    @Test func `a range of rounds predicts as a model of those rounds`() throws {
        let rows = Rows(count: 600, seed: 5)
        let matrix = try rows.matrix()
        let long = try Booster.train(on: matrix, parameters: Rows.parameters, rounds: 20).booster
        let short = try Booster.train(on: try rows.matrix(), parameters: Rows.parameters, rounds: 8).booster
        #expect(try long.predict(matrix, rounds: 0..<8) == short.predict(matrix))
        #expect(try long.predict(matrix) != short.predict(matrix))
        #expect(try long.slice(rounds: 0..<8).predict(matrix) == short.predict(matrix))
        #expect(throws: XGBoostError.self) { try long.predict(matrix, rounds: 0..<21) }
        #expect(throws: XGBoostError.self) { try long.predict(matrix, rounds: 3..<3) }
        #expect(throws: XGBoostError.self) { try long.slice(rounds: 0..<21) }
    }

    @Test func `a margin is the log-odds of a probability, and contributions add up to it`() throws {
        let rows = Rows(count: 300, seed: 6)
        let matrix = try rows.matrix()
        let booster = try Booster.train(on: matrix, parameters: Rows.parameters, rounds: 10).booster
        let probabilities = try booster.predict(matrix)
        let margins = try booster.predict(matrix, margin: true)
        let contributions = try booster.contributions(matrix)
        #expect(contributions.count == 300 * 5)
        for row in 0..<300 {
            #expect(abs(1 / (1 + exp(-margins[row])) - probabilities[row]) < 1e-6)
            #expect(abs(contributions[row * 5..<row * 5 + 5].reduce(0, +) - margins[row]) < 1e-4)
        }
    }

    @Test(arguments: ImportanceKind.allCases)
    func `importance puts what decides above noise, by name`(kind: ImportanceKind) throws {
        let rows = Rows(count: 2000, seed: 7)
        let booster = try Booster.train(on: try rows.matrix(), parameters: Rows.parameters, rounds: 5).booster
        let importance = try booster.importance(kind)
        // Noise can lead by the number of splits and the rows they see; by what they gain, it cannot.
        if [.gain, .totalGain].contains(kind) {
            #expect(["amount", "risk"].contains(try #require(importance.first).feature))
        }
        #expect(!importance.contains { $0.feature == "constant" })
        #expect(importance.map(\.value) == importance.map(\.value).sorted(by: >))
    }

    @Test func `rows of other columns than the model's are refused`() throws {
        let rows = Rows(count: 200, seed: 7)
        let booster = try Booster.train(on: try rows.matrix(), parameters: Rows.parameters, rounds: 2).booster
        let renamed = try Matrix(columns: rows.columns, featureNames: ["a", "b", "c", "d"])
        #expect(throws: XGBoostError.self) { try booster.predict(renamed) }
        let narrow = try Matrix(columns: Array(rows.columns.prefix(2)))
        #expect(throws: XGBoostError.self) { try booster.predict(narrow) }
    }
}
