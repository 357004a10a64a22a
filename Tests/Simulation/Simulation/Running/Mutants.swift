import Foundation
import Millrace

/// Promises broken on purpose: each must be found, and by its name.
struct Mutants {
    /// A seed that finds it, and the promise that it names then.
    static func known(_ mutation: Mutation) -> (seed: UInt64, promise: Promise) {
        switch mutation {
        case .commitFirst: (2, .nothingLost)
        case .skipLock: (1, .lock)
        case .noFencing: (31, .progress)
        case .freshMetadata: (87, .nothingLost)
        case .sealOnRevoke: (27, .idle)
        case .pausedIsIdle: (41, .idle)
        case .resumeFromCommit: (2, .nothingLost)
        case .aliasFirst: (1, .aliasAfterRelease)
        case .mergeTriggers: (9, .sameBytes)
        }
    }

    let options: Options

    /// Breaks each promise in turn. Its known seed is played first; when the model or the worker has changed so much that
    /// it is another story by now, others follow until one finds it.
    func run() -> Int32 {
        var missed = 0
        print("| mutation | found by seed | runs | promise |\n|---|---|---|---|")
        for mutation in Mutation.allCases where options.mutation == nil || options.mutation == mutation {
            let known = Self.known(mutation)
            var runs = 0
            var found: (seed: UInt64, violation: Violation)?
            for seed in [known.seed] + options.seeds.filter({ $0 != known.seed }) {
                runs += 1
                guard let violation = violation(mutation, seed) else { continue }
                found = (seed, violation)
                if violation.promise == known.promise { break }
            }
            let isFound = found?.violation.promise == known.promise
            missed += isFound ? 0 : 1
            print(
                "| \(mutation.rawValue) | \(found.map { "\($0.seed)" } ?? "none") | \(runs) | "
                    + "\(found?.violation.promise.rawValue ?? "")\(isFound ? "" : ", expected \(known.promise.rawValue)") |"
            )
            fflush(nil)
        }
        print(missed == 0 ? "every mutation is found, and named" : "\(missed) mutation(s) are not found as expected")
        return missed == 0 ? 0 : 1
    }

    private func violation(_ mutation: Mutation, _ seed: UInt64) -> Violation? {
        Mutation.active = mutation
        defer { Mutation.active = nil }
        return Theatre(options.scenario(seed)).play().first
    }
}
