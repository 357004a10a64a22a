import MillraceCore

/// The last hour of those values whose change a rule looks at. Like a Prometheus server it knows nothing of the time
/// before it began.
struct AlertMemory: Sendable {
    private struct Sample: Sendable {
        /// Seconds since 1970.
        var time: Double
        var deadLetters: Double?
        var ingestPosition: Double?
        var lateEvents: Double
        var sealedEvents: Double
        var free: [String: Double]

        init(_ values: AlertValues) {
            time = values.seconds
            deadLetters = values.deadLetters.map { Double($0) }
            ingestPosition = values.ingestPosition.map { Double($0) }
            (lateEvents, sealedEvents) = (Double(values.lateEvents), Double(values.sealedEvents))
            free = Dictionary(values.disks.map { ($0.name, $0.freeBytes) }) { $1 }
        }
    }

    static let hour = 3600.0
    private static let samplesPerHour = 720.0

    private let patience: Double
    private var began: Double?
    private var samples: [Sample] = []
    private var current: Sample?
    /// When what flickers was seen last.
    private var flickers: [AlertKey: Double] = [:]

    init(patience: Double) { self.patience = patience }

    mutating func add(_ values: AlertValues) {
        let sample = Sample(values)
        began = began ?? sample.time
        current = sample
        samples.removeAll { $0.time < sample.time - Self.hour * patience }
        // Evaluated as often as one likes, it stays small.
        if samples.last.map({ sample.time - $0.time >= Self.hour * patience / Self.samplesPerHour }) ?? true {
            samples.append(sample)
        }
        flickers = flickers.filter { $0.value >= sample.time - Self.hour * patience }
        for group in values.groups where (group.partitions[.growing] ?? 0) > 0 {
            flickers[AlertKey(.lagGrowing, group.role.rawValue)] = sample.time
        }
        for process in values.processes {
            if process.isPaused { flickers[AlertKey(.ingestPaused, process.instance)] = sample.time }
            for role in process.failing {
                flickers[AlertKey(.roleFailing, "\(process.instance)/\(role.rawValue)")] = sample.time
            }
        }
    }

    /// Whether it reaches back so far.
    func covers(seconds: Double) -> Bool {
        guard let began, let current else { return false }
        return current.time - began >= seconds * patience
    }

    /// Whether something was so at a look of the last so many seconds: the verdict of one look may flicker, and ingest
    /// and roles that fail try again every few seconds.
    func wasSeen(_ key: AlertKey, seconds: Double) -> Bool {
        guard let time = flickers[key], let current else { return false }
        return current.time - time <= seconds * patience
    }

    func deadLetters(seconds: Double) -> Double? { change(seconds) { $0.deadLetters } }
    func ingested(seconds: Double) -> Double? { change(seconds) { $0.ingestPosition } }
    func lateEvents(seconds: Double) -> Double? { change(seconds) { $0.lateEvents } }
    func sealedEvents(seconds: Double) -> Double? { change(seconds) { $0.sealedEvents } }

    /// By how much a value has changed in the last so many seconds, as far as they are known.
    private func change(_ seconds: Double, _ value: (Sample) -> Double?) -> Double? {
        guard let current, let now = value(current) else { return nil }
        return samples.first { $0.time >= current.time - seconds * patience && value($0) != nil }
            .flatMap(value).map { now - $0 }
    }

    /// What will be free of a disk in so many seconds, if it goes on as in the last hour: by least squares.
    func free(_ disk: String, inSeconds ahead: Double) -> Double? {
        guard let current else { return nil }
        var points = samples.compactMap { sample in sample.free[disk].map { (x: sample.time - current.time, y: $0) } }
        if let last = samples.last, last.time < current.time, let free = current.free[disk] { points.append((0, free)) }
        guard points.count > 1 else { return nil }
        let count = Double(points.count)
        let meanX = points.reduce(0) { $0 + $1.x } / count
        let meanY = points.reduce(0) { $0 + $1.y } / count
        let spread = points.reduce(0) { $0 + ($1.x - meanX) * ($1.x - meanX) }
        guard spread > 0 else { return nil }
        let slope = points.reduce(0) { $0 + ($1.x - meanX) * ($1.y - meanY) } / spread
        return meanY + slope * (ahead * patience - meanX)
    }
}

extension AlertValues {
    /// Since 1970.
    var seconds: Double { Double(time.microseconds) / 1e6 }
}
