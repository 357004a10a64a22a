import Foundation

/// What a run, or many, went through.
struct Figures: Codable {
    var runs = 0
    /// Simulated.
    var seconds = 0.0
    var kills = 0
    var rebalances = 0
    var faults = 0
    var switches = 0
    var seals = 0
    var datasets = 0
    var models = 0
    var promotions = 0
    /// The longest that a run took to be done after its last disaster (s).
    var longestRecovery = 0.0
    var broken = 0
    var fingerprint: UInt64 = 0
    var wallSeconds = 0.0
    private var begin = Date()

    init() {}

    mutating func add(_ other: Figures) {
        runs += 1
        merge(other)
    }

    mutating func merge(_ other: Figures) {
        runs += other.runs
        seconds += other.seconds
        kills += other.kills
        rebalances += other.rebalances
        faults += other.faults
        switches += other.switches
        broken += other.broken
        seals += other.seals
        datasets += other.datasets
        models += other.models
        promotions += other.promotions
        longestRecovery = max(longestRecovery, other.longestRecovery)
    }

    /// A line by which a process tells its parent.
    init?(part line: String) {
        guard line.hasPrefix("figures "),
            let figures = try? JSONDecoder().decode(Figures.self, from: Data(line.dropFirst(8).utf8))
        else { return nil }
        self = figures
    }

    func say(isPart: Bool) {
        if isPart, let data = try? JSONEncoder().encode(self) {
            print("figures \(String(decoding: data, as: UTF8.self))")
            return
        }
        let wall = wallSeconds > 0 ? wallSeconds : Date().timeIntervalSince(begin)
        print(
            "\(runs) runs: \(String(format: "%.1f", seconds / 3600)) simulated hours, \(kills) kills, "
                + "\(rebalances) rebalances, \(faults) other faults in \(String(format: "%.1f", wall / 60)) minutes; "
                + "\(seals) seals, \(datasets) datasets, \(models) models, \(promotions) promotions; at most "
                + "\(String(format: "%.0f", longestRecovery)) s to recover; \(broken == 0 ? "all promises kept" : "\(broken) broken")"
        )
    }
}
