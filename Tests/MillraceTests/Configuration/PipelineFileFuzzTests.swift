import Foundation
import Millrace
import Testing

/// SplitMix64: the same files on every run.
private struct Generator: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

@Suite struct PipelineFileFuzzTests {
    @Test(arguments: 0..<4)
    func `Whatever is done to a file, it loads or says where it is wrong`(seed: Int) throws {
        var random = Generator(state: UInt64(seed))
        let source = try String(contentsOfFile: repository + "/deploy/pipelines/handbook.yaml", encoding: .utf8)
        let lines = source.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        let words = [
            "null", "[]", "{}", "-1", "0", "1e400", "9223372036854775807", "0s", "99999999w", "amount", "id", "[a, b]",
            "{ column: x }", "\"${X}\"", "${", "*x", "&x", "''", "1d", "true", "decimal(99)", "time(", "0..", "..", "é",
        ]
        var (loaded, refused) = (0, 0)
        for _ in 0..<300 {
            var mutated = lines
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let index = Int.random(in: 0..<mutated.count, using: &random)
                switch Int.random(in: 0..<5, using: &random) {
                case 0: mutated.remove(at: index)
                case 1: mutated.insert(mutated.randomElement(using: &random)!, at: index)
                case 2:
                    // Another value in the place of a word.
                    var pieces = mutated[index].split(separator: " ", omittingEmptySubsequences: false).map(String.init)
                    pieces[Int.random(in: 0..<pieces.count, using: &random)] = words.randomElement(using: &random)!
                    mutated[index] = pieces.joined(separator: " ")
                case 3:
                    var characters = Array(mutated[index])
                    guard !characters.isEmpty else { continue }
                    characters.remove(at: Int.random(in: 0..<characters.count, using: &random))
                    mutated[index] = String(characters)
                default: mutated.swapAt(index, Int.random(in: 0..<mutated.count, using: &random))
                }
            }
            do throws(ConfigurationError) {
                let file = try PipelineFile.parse(mutated.joined(separator: "\n"))
                loaded += 1
                #expect(try PipelineFile.parse(file.pipeline.text).pipeline == file.pipeline)
            } catch {
                refused += 1
                #expect(!error.problems.isEmpty && !error.description.isEmpty)
                #expect(error.problems.allSatisfy { $0.line != nil && $0.column != nil && !$0.message.isEmpty })
            }
        }
        // Both ways are taken, or the test says little.
        #expect(loaded > 10 && refused > 10)
    }
}
