/// Makes a failing scenario as small as it can be and still fail in the same way.
struct Shrinker {
    let promise: Promise
    private(set) var attempts = 0
    var limit = 150

    init(_ promise: Promise) { self.promise = promise }

    private mutating func fails(_ scenario: Scenario) -> Bool {
        attempts += 1
        return Theatre(scenario).play().contains { $0.promise == promise }
    }

    mutating func shrink(_ scenario: Scenario) -> Scenario {
        var best = scenario
        var isSmaller = true
        while isSmaller, attempts < limit {
            isSmaller = false
            for candidate in candidates(best) where attempts < limit {
                if fails(candidate) {
                    best = candidate
                    isSmaller = true
                    break
                }
            }
        }
        return best
    }

    /// Smaller ones, the boldest first.
    private func candidates(_ scenario: Scenario) -> [Scenario] {
        var result: [Scenario] = []
        func add(_ change: (inout Scenario) -> Void) {
            var candidate = scenario
            change(&candidate)
            result.append(candidate)
        }
        if scenario.steps.count > 2 {
            let half = scenario.steps.count / 2
            add { $0.steps.removeFirst(half) }
            add { $0.steps.removeLast(half) }
        }
        for index in scenario.steps.indices { add { $0.steps.remove(at: index) } }
        if scenario.workers > 1 {
            add {
                $0.workers -= 1; $0.steps.removeAll { $0.worker ?? 0 >= scenario.workers - 1 && $0.worker != nil }
            }
        }
        if scenario.partitions > 1 { add { $0.partitions -= 1 } }
        for spice in scenario.spices.sorted(by: { $0.rawValue < $1.rawValue }) { add { $0.spices.remove(spice) } }
        for trait in scenario.traits.sorted(by: { $0.rawValue < $1.rawValue }) { add { $0.traits.remove(trait) } }
        if scenario.seconds > 4 { add { $0.seconds = ($0.seconds * 0.6).rounded() } }
        return result
    }
}
