import Millrace

/// A machine that looks every so often at values that a test changes, in mock time.
struct AlertTimeline {
    var values: AlertValues
    var machine: AlertMachine
    /// Whether the role observe reads the brokers.
    var isObserving = true
    private(set) var changes: [AlertMachine.Change] = []
    let start = Timestamp(rfc3339: "2024-05-01T00:00:00Z")!
    let interval: Duration

    init(
        instance: String = "0", every interval: Duration = .seconds(15), book: AlertBook = AlertBook(),
        settings: (inout AlertSettings) -> Void = { _ in }
    ) {
        var alerts = AlertSettings()
        settings(&alerts)
        machine = AlertMachine(pipeline: "cards", instance: instance, settings: alerts)
        machine.begin(with: book)
        self.interval = interval
        values = Self.healthy(start)
    }

    /// All is well: data come and are read, labels match, there is room.
    static func healthy(_ time: Timestamp) -> AlertValues {
        var values = AlertValues(time: time)
        values.observed = time
        values.groups = Role.stages.map {
            var group = AlertValues.Group(role: $0)
            group.partitions = [.ok: 3, .catchingUp: 1]
            return group
        }
        values.sealed = .init(behindSeconds: 4000, unchangedSeconds: 30)
        values.champion = .init(behindSeconds: 7 * 86_400, unchangedSeconds: 3600)
        values.windowSeconds = 4200
        (values.matchRate, values.minimumMatch) = (0.98, 0.9)
        (values.deadLetters, values.ingestPosition) = (3, 1000)
        values.processes = [.init(instance: "0")]
        values.disks = [.init(name: "0/pipeline", freeBytes: 50e9, sizeBytes: 100e9)]
        return values
    }

    /// Lets time pass.
    /// - Parameter each: changes the values before each look, beside the traffic that goes on.
    mutating func run(_ duration: Duration, _ each: (inout AlertValues) -> Void = { _ in }) {
        let end = values.time + duration
        while values.time < end {
            values.time = values.time + interval
            if isObserving { values.observed = values.time }
            values.ingestPosition = values.ingestPosition.map { $0 + 100 }
            values.sealedEvents += 100
            each(&values)
            changes += machine.evaluate(values)
        }
    }

    var firing: [AlertKey] { machine.book.firing.map(\.key) }

    var fired: [AlertFired] {
        changes.compactMap { if case .fired(let fired) = $0 { fired } else { nil } }
    }

    var resolved: [AlertResolved] {
        changes.compactMap { if case .resolved(let resolved) = $0 { resolved } else { nil } }
    }
}
