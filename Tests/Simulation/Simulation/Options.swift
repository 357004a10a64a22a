import Foundation
import Millrace

/// What was asked for on the command line.
struct Options {
    var seeds: ClosedRange<UInt64> = 1...100
    var cast: Scenario.Cast?
    var jobs = 1
    /// Of the processes that share the seeds.
    var share = (index: 0, of: 1)
    var failures = 1
    var story: UInt64?
    var mutation: Mutation?
    var mutates = false
    var playsScripts = false

    static let usage = """
        usage: millrace-simulation [--seeds 1-2000] [--cast ingest|all] [--jobs 2] [--failures 1]
               millrace-simulation --story 17 [--cast ingest|all] [--mutation NAME]
               millrace-simulation --mutations [--seeds 1-1000]

        Runs the worker's own code in virtual time on a modelled cluster and disk, with seeded disasters, and checks
        its promises after each run. The exit status is 1 when one is broken, or a mutation is not found.

          --seeds A-B      the seeds to run
          --cast WHO       which roles play: ingest alone, or all; in turn by default
          --jobs N         processes to run them in
          --failures N     how many broken promises to look for before giving up
          --story SEED     run one seed and tell what happens
          --mutation NAME  break a promise on purpose: \(Mutation.allCases.map(\.rawValue).joined(separator: ", "))
          --mutations      break each in turn, until a seed notices
          --scripts        print what the model says to the scripts that a real cluster answers as well
        """

    init(_ arguments: [String]) {
        var rest = arguments
        while !rest.isEmpty {
            let name = rest.removeFirst()
            switch name {
            case "--help":
                print(Self.usage)
                exit(0)
            case "--mutations": mutates = true
            case "--scripts": playsScripts = true
            default:
                guard !rest.isEmpty, take(name, rest.removeFirst()) else { Self.fail("cannot read \(name)") }
            }
        }
    }

    private static func fail(_ message: String) -> Never {
        FileHandle.standardError.write(Data("millrace-simulation: \(message)\n\(usage)\n".utf8))
        exit(2)
    }

    private mutating func take(_ name: String, _ value: String) -> Bool {
        let numbers = value.split { "-/".contains($0) }.compactMap { UInt64($0) }
        switch name {
        case "--seeds":
            guard let first = numbers.first, let last = numbers.last, first <= last else { return false }
            seeds = first...last
        case "--cast":
            guard let one = Scenario.Cast(rawValue: value) else { return false }
            cast = one
        case "--jobs": jobs = max(1, Int(value) ?? 1)
        case "--share":
            guard numbers.count == 2, numbers[1] > 0 else { return false }
            share = (Int(numbers[0]), Int(numbers[1]))
        case "--failures": failures = max(1, Int(value) ?? 1)
        case "--story": story = numbers.first
        case "--mutation":
            mutation = Mutation(rawValue: value)
            Mutation.active = mutation
            return mutation != nil
        default: return false
        }
        return true
    }

    /// In turn by pairs: of two seeds that follow each other one has all roles, and takes far longer.
    func isMine(_ seed: UInt64) -> Bool { Int(seed / 2) % share.of == share.index }

    func scenario(_ seed: UInt64) -> Scenario {
        Scenario(seed: seed, cast: cast ?? Scenario.Cast.allCases[Int(seed) % Scenario.Cast.allCases.count])
    }
}
