import Foundation
import Kafka
import Millrace
import World

/// The command line: runs many seeds, or one and tells its story, or breaks promises on purpose.
struct Program {
    var options: Options

    func run() -> Int32 {
        if let story = options.story { return tell(story) }
        if options.playsScripts { return playScripts() }
        if options.jobs > 1, !options.mutates { return Crew(options).run() }
        if options.mutates { return Mutants(options: options).run() }
        return runSeeds()
    }

    private func playScripts() -> Int32 {
        World.current = World(seed: 1)
        Broker.current = Broker()
        var settings = ClientSettings(brokers: "model:9092", clientID: "script")
        settings.sessionTimeout = .seconds(10)
        for line in BrokerScript.transcript(settings, suffix: "model") { print(line) }
        return 0
    }

    private func tell(_ seed: UInt64) -> Int32 {
        let scenario = options.scenario(seed)
        let theatre = Theatre(scenario, isTelling: true)
        let violations = theatre.play()
        for line in theatre.world.chronicle { print(line) }
        print(Story(scenario, violations))
        print("fingerprint \(theatre.figures.fingerprint), \(theatre.figures.switches) switches")
        return violations.isEmpty ? 0 : 1
    }

    private func runSeeds() -> Int32 {
        var figures = Figures()
        for seed in options.seeds where options.isMine(seed) {
            let scenario = options.scenario(seed)
            let theatre = Theatre(scenario)
            let violations = theatre.play()
            figures.add(theatre.figures)
            if seed % 1000 == 0, options.share.of == 1 { figures.say(through: seed) }
            if seed % 50 == 0, !replays(scenario, theatre.figures.fingerprint) { figures.broken += 1 }
            guard let first = violations.first else { continue }
            figures.broken += 1
            print("seed \(seed) breaks \(first)")
            fflush(nil)
            shrink(scenario, first.promise)
            if figures.broken >= options.failures { break }
        }
        figures.say(isPart: options.share.of > 1)
        return figures.broken == 0 ? 0 : 1
    }

    /// A seed that is played again is the same to the last byte.
    private func replays(_ scenario: Scenario, _ fingerprint: UInt64) -> Bool {
        let again = Theatre(scenario)
        _ = again.play()
        guard again.figures.fingerprint != fingerprint else { return true }
        print("seed \(scenario.seed) is another run when it is played again")
        return false
    }

    private func shrink(_ scenario: Scenario, _ promise: Promise) {
        var shrinker = Shrinker(promise)
        let small = shrinker.shrink(scenario)
        let again = Theatre(small, isTelling: true)
        let found = again.play()
        print("made small in \(shrinker.attempts) attempts:")
        print(Story(small, found))
        for line in again.world.chronicle { print("    \(line)") }
    }
}

/// A scenario and what it broke, for a person to read.
struct Story: CustomStringConvertible {
    let description: String

    init(_ scenario: Scenario, _ violations: [Violation]) {
        let spices = scenario.spices.map(\.rawValue).sorted().joined(separator: ", ")
        var lines = [
            "seed \(scenario.seed), \(scenario.cast.rawValue): \(scenario.workers) worker(s), \(scenario.partitions) "
                + "partition(s), \(scenario.seconds) s of records\(spices.isEmpty ? "" : " with \(spices)")"
                + (scenario.traits.isEmpty
                    ? "" : "; \(scenario.traits.map(\.rawValue).sorted().joined(separator: ", "))")
        ]
        lines += scenario.steps.map { "  \($0.words)" }
        lines += violations.isEmpty ? ["  all promises are kept"] : violations.map { "  broken: \($0)" }
        description = lines.joined(separator: "\n")
    }
}
