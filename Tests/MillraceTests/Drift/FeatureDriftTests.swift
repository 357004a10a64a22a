import Foundation
import Testing

import Millrace
@testable import MillraceStream

@Suite struct FeatureDriftTests {
    /// What `Profile` says of some values.
    private func profile(_ all: [Double?]) -> Profile.Numbers {
        let values = all.compactMap(\.self).sorted()
        let mean = values.reduce(0, +) / Double(max(1, values.count))
        return Profile.Numbers(
            count: values.count, missing: all.count - values.count, minimum: values.first, maximum: values.last,
            mean: values.isEmpty ? nil : mean, standardDeviation: 0,
            quantiles: values.isEmpty
                ? [] : Profile.levels.map { values[max(0, Int((Double(values.count) * $0).rounded(.up)) - 1)] })
    }

    private func drift(_ then: [[Double?]], _ now: [[Double?]]) -> FeatureDrift {
        FeatureDrift(feature: "f", then: then.map(profile), now: now.map(profile))
    }

    /// Evenly spread from 0 to 1, and stretched.
    private func spread(_ count: Int, from low: Double = 0, to high: Double = 1) -> [Double?] {
        (0..<count).map { low + (high - low) * (Double($0) + 0.5) / Double(count) }
    }

    @Test func theSameValuesHaveNoDrift() throws {
        let same = drift([spread(1000)], [spread(500)])
        #expect(try #require(same.index) < 0.01)
        #expect(same.verdict == .stable)
        // However the rows are divided into windows.
        let divided = drift([spread(1000)], [spread(500, to: 0.5), spread(500, from: 0.5)])
        #expect(try #require(divided.index) < 0.01)
    }

    @Test func aShiftIsAsGreatAsTheFormulaSays() throws {
        // Now everything is in the upper half: of ten bins of a tenth each five hold nothing and five a fifth.
        let index = try #require(drift([spread(10_000)], [spread(10_000, from: 0.5)]).index)
        let expected = 5 * (0.2 - 0.1) * log(0.2 / 0.1) + 5 * (0.0001 - 0.1) * log(0.0001 / 0.1)
        #expect(abs(index - expected) < 0.05 * expected)
    }

    @Test func aFlagIsComparedExactly() throws {
        func flags(_ share: Double) -> [Double?] { (0..<1000).map { Double($0) < share * 1000 ? 1 : 0 } }
        let index = try #require(drift([flags(0.28)], [flags(0.43)]).index)
        let expected = (0.43 - 0.28) * log(0.43 / 0.28) + (0.57 - 0.72) * log(0.57 / 0.72)
        #expect(abs(index - expected) < 1e-6)
        // Also where some windows have one of the two values only.
        let mixed = try #require(drift([flags(0), flags(0), flags(1)], [flags(1.0 / 3)]).index)
        #expect(mixed < 0.001)
    }

    @Test func whatIsMissingIsABinOfItsOwn() throws {
        let holes = spread(1000).enumerated().map { $0.isMultiple(of: 2) ? nil : $1 }
        let result = drift([spread(1000)], [holes])
        #expect(result.verdict == .strong)
        #expect((result.missingThen, result.missingNow) == (0, 0.5))
        let gone = drift([spread(1000)], [Array(repeating: nil, count: 1000)])
        #expect(gone.verdict == .strong && gone.meanNow == nil)
    }

    @Test func aConstantThatBecomesAnotherIsStrong() {
        #expect(drift([Array(repeating: 3, count: 200)], [Array(repeating: 3, count: 200)]).verdict == .stable)
        #expect(drift([Array(repeating: 3, count: 200)], [Array(repeating: 4, count: 200)]).verdict == .strong)
        #expect(drift([Array(repeating: 3, count: 200)], [Array(repeating: 2, count: 200)]).verdict == .strong)
    }

    @Test func fewRowsAreNotJudged() {
        let few = drift([spread(1000)], [spread(99)])
        #expect(few.verdict == .unknown && few.index == nil)
    }

    @Test func theIndexIsNeverNegativeAndAlwaysFinite() throws {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<200 {
            func any() -> [Double?] {
                let (scale, step) = (Double.random(in: 0...1e6, using: &generator), Int.random(in: 1...9))
                return (0..<200).map { _ in
                    Int.random(in: 0..<20, using: &generator) == 0
                        ? nil : (Double.random(in: -1...1, using: &generator) * Double(step)).rounded() * scale
                }
            }
            let index = try #require(drift([any(), any()], [any()]).index)
            #expect(index >= 0 && index.isFinite)
        }
    }
}
