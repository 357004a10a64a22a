/// What a progress line says at a moment: a value, told the time, so that tests need no clock.
struct ProgressLine {
    let label: String
    /// What is counted: `rows`, or `nil` for bytes.
    let unit: String?
    var total: Int?
    private(set) var done = 0
    private var samples: [(at: Duration, done: Int)] = [(.zero, 0)]

    init(label: String, total: Int?, unit: String?) {
        self.label = label
        self.total = total
        self.unit = unit
    }

    /// Notes how much is done at a time since the beginning. The rate is that of the last ten seconds or so.
    mutating func update(done: Int, at now: Duration) {
        self.done = done
        if now - samples[samples.count - 1].at >= .milliseconds(500) { samples.append((now, done)) }
        while samples.count > 2 && now - samples[1].at > .seconds(10) { samples.removeFirst() }
    }

    /// Units a second, or nil as long as nothing can be said.
    func rate(at now: Duration) -> Double? {
        let span = now - samples[0].at
        guard span >= .milliseconds(200), done > samples[0].done else { return nil }
        return Double(done - samples[0].done) / (span / .seconds(1))
    }

    func text(at now: Duration) -> String {
        var parts = [label]
        if let total, total > 0 {
            // Never 100 % before the end: what is left may be the slow part.
            let share = min(100, Int(Double(done) / Double(total) * 100))
            parts.append("\(share) %")
            parts.append("\(amount(done)) of \(amount(total))\(suffix)")
        } else {
            parts.append(amount(done) + suffix)
        }
        if let rate = rate(at: now) {
            parts.append(unit == nil ? Human.bytes(Int(rate)) + "/s" : Human.count(rate) + "/s")
            if let total, done < total, now >= .seconds(2) {
                let left = Duration.seconds((Double(total - done) / rate).rounded(.up))
                parts.append(Human.duration(left) + " left")
            }
        }
        return parts.joined(separator: "  ")
    }

    func summary(at now: Duration) -> String {
        let average = now > .zero ? Double(done) / (now / .seconds(1)) : 0
        let speed = unit == nil ? Human.bytes(Int(min(average, 1e18))) : Human.count(average)
        return "\(label)  \(amount(done))\(suffix) in \(Human.duration(now)), \(speed)/s"
    }

    private var suffix: String { unit.map { " " + $0 } ?? "" }
    private func amount(_ number: Int) -> String { unit == nil ? Human.bytes(number) : Human.grouped(number) }
}
