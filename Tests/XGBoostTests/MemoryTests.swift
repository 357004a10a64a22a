import Foundation
import Testing
import XGBoost

@Suite struct MemoryTests {
    /// In a process of its own, since what it measures is the whole process's and other tests run beside it.
    @Test func `matrices and boosters take their memory with them`() async {
        await #expect(processExitsWith: .success) {
            let rows = Rows(count: 2000, seed: 8)
            let matrix = try rows.matrix()
            let bytes = try Booster.train(
                on: matrix, parameters: Rows.parameters + [("max_depth", "10"), ("eta", "0.01")], rounds: 100
            ).booster.serialized()
            let beforeBoosters = residentBytes()
            for _ in 0..<400 { _ = try Booster(serialized: bytes).predict(matrix) }
            // A model of these takes about 170 kB: four hundred that stayed would be 70 MB.
            let boosters = residentBytes() - beforeBoosters
            precondition(boosters < 40_000_000, "400 boosters left \(boosters) bytes")

            let values = [Float](repeating: 1, count: 1_000_000)
            _ = try Matrix(rowMajor: values, columns: 10, threads: 1)
            let beforeMatrices = residentBytes()
            for _ in 0..<100 { _ = try Matrix(rowMajor: values, columns: 10, threads: 1) }
            // One is 8 MB: a hundred that stayed would be 800.
            let matrices = residentBytes() - beforeMatrices
            precondition(matrices < 300_000_000, "100 matrices left \(matrices) bytes")
        }
    }
}

private func residentBytes() -> Int {
    let fields = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8))?.split(separator: " ") ?? []
    return fields.count > 1 ? (Int(fields[1]) ?? 0) * 4096 : 0
}
