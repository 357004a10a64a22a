import Testing
import XGBoost

@Suite struct MatrixTests {
    @Test func `the three ways to make a matrix predict alike`() throws {
        let rows = Rows(count: 500, seed: 1)
        let booster = try Booster.train(on: try rows.matrix(), parameters: Rows.parameters, rounds: 10).booster
        let fromColumns = try booster.predict(rows.matrix())
        let doubles = rows.rowMajor
        let fromDoubles = try doubles.withUnsafeBufferPointer {
            try booster.predict(Matrix(rowMajor: $0, columns: 4, featureNames: Rows.names))
        }
        let fromFloats = try booster.predict(
            Matrix(rowMajor: doubles.map { Float($0) }, columns: 4, featureNames: Rows.names))
        #expect(fromColumns == fromDoubles)
        #expect(fromColumns == fromFloats)
        #expect(Set(fromColumns).count > 10)
    }

    @Test func `a shape that cannot be is refused with the numbers`() throws {
        #expect(throws: XGBoostError.self) { try Matrix(rowMajor: [1, 2, 3] as [Float], columns: 2) }
        #expect(throws: XGBoostError.self) { try Matrix(rowMajor: [] as [Float], columns: 2) }
        #expect(throws: XGBoostError.self) { try Matrix(columns: [[1, 2], [3]]) }
        let error = #expect(throws: XGBoostError.self) {
            try Matrix(rowMajor: [1, 2, 3, 4] as [Float], columns: 2, labels: [1])
        }
        #expect(error?.code == .shape)
        #expect(error?.message == "1 labels for 2 rows")
    }

    @Test(arguments: [Float.nan, .infinity, -1])
    func `weights that would poison a model are refused`(weight: Float) throws {
        let error = #expect(throws: XGBoostError.self) {
            try Matrix(rowMajor: [1, 2] as [Float], columns: 1, labels: [0, 1], weights: [1, weight])
        }
        #expect(error?.code == .invalidValue)
    }

    @Test func `a label that is no number is refused`() throws {
        #expect(throws: XGBoostError.self) { try Matrix(rowMajor: [1, 2] as [Float], columns: 1, labels: [0, .nan]) }
    }

    @Test func `an infinite value is refused in the library's own words`() throws {
        let error = #expect(throws: XGBoostError.self) { try Matrix(rowMajor: [1, .infinity] as [Float], columns: 1) }
        #expect(error?.code == .library)
        #expect(error?.message.contains("inf") == true)
        #expect(error?.message.contains("Stack trace") == false)
    }

    @Test func `weights count`() throws {
        let rows = Rows(count: 400, seed: 3)
        let even = try Booster.train(on: try rows.matrix(), parameters: Rows.parameters, rounds: 5).booster
        let skewed = try Booster.train(
            on: try rows.matrix(weights: rows.labels.map { $0 * 20 + 1 }), parameters: Rows.parameters, rounds: 5
        ).booster
        let plain = try even.predict(rows.matrix()).reduce(0, +)
        let raised = try skewed.predict(rows.matrix()).reduce(0, +)
        #expect(raised > plain * 1.2)
    }
}
