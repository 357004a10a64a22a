import Foundation

/// What a run, or many, went through.
struct Figures: Codable {
    var runs = 0
    /// Simulated.
    var seconds = 0.0
    var kills = 0
    var rebalances = 0
    /// What happened beside kills and rebalances, by its name, how often.
    var kinds: [String: Int] = [:]
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

    mutating func note(_ kind: String, _ count: Int = 1) { kinds[kind, default: 0] += count }

    mutating func merge(_ other: Figures) {
        runs += other.runs
        seconds += other.seconds
        kills += other.kills
        rebalances += other.rebalances
        kinds.merge(other.kinds, uniquingKeysWith: +)
        switches += other.switches
        broken += other.broken
        seals += other.seals
        datasets += other.datasets
        models += other.models
        promotions += other.promotions
        longestRecovery = max(longestRecovery, other.longestRecovery)
    }

    private var events: Int { kinds.values.reduce(0, +) }

    /// A line by which a process tells its parent.
    init?(part line: String) {
        guard line.hasPrefix("figures "),
            let figures = try? JSONDecoder().decode(Figures.self, from: Data(line.dropFirst(8).utf8))
        else { return nil }
        self = figures
    }

    /// How far a long run has come.
    func say(through seed: UInt64) {
        print("through seed \(seed): \(summary)")
        fflush(nil)
    }

    func say(isPart: Bool) {
        if isPart, let data = try? JSONEncoder().encode(self) {
            print("figures \(String(decoding: data, as: UTF8.self))")
            return
        }
        for (kind, count) in kinds.sorted(by: { $0.key < $1.key }) { print("\(count)\t\(kind)") }
        print(summary)
    }

    private var summary: String {
        let wall = wallSeconds > 0 ? wallSeconds : Date().timeIntervalSince(begin)
        return "\(runs) runs: \(String(format: "%.1f", seconds / 3600)) simulated hours, \(kills) kills, "
            + "\(rebalances) rebalances, \(events) other events in \(String(format: "%.1f", wall / 60)) minutes; "
            + "\(seals) seals, \(datasets) datasets, \(models) models, \(promotions) promotions; at most "
            + "\(String(format: "%.0f", longestRecovery)) s to recover; \(broken == 0 ? "all promises kept" : "\(broken) broken")"
    }
}
