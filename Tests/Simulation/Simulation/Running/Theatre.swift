import Glibc
import Kafka
import Millrace
import MillraceWorker
import World

/// One run: the workers of a scenario on the modelled cluster and disk, with its disasters.
final class Theatre {
    static let names = ["a", "b", "c"]
    /// By then all must be done after the last disaster (ns). Less than the minute after which brokers abort a
    /// transaction that its owner has left behind: whoever takes over must not need that.
    static let patience: Int64 = 50_000_000_000
    /// What ingest takes in addition to try again, every 15 seconds, what it could not read (ns). A portion may hold too
    /// few of the better ones that follow, by chance several times.
    static let patienceWithRubbish: Int64 = 60_000_000_000

    let scenario: Scenario
    let pipeline: Pipeline
    let world: World
    let broker = Broker()
    lazy var checks = Checks(self)
    var figures = Figures()
    /// The present life of each worker.
    var lives: [Int: SimulatedProcess] = [:]
    private var all: [SimulatedProcess] = []
    var armed: [(worker: Int, point: String, passages: Int, action: (SimulatedProcess) -> Void)] = []
    /// Workers that were let in though another of their name had the folder.
    var intruders: [String] = []
    /// When processes stood still or were cut off (ns).
    var standstills: [(name: String, span: Range<Int64>)] = []
    /// Partitions of which retention has removed what was needed.
    var lossy: Set<TopicPartition> = []
    /// Partitions of the source, by now.
    var partitions: Int
    /// What was found broken at the moment of a death.
    var omens: [Violation] = []
    private(set) var isClosing = false
    var lastDisaster: Int64 = 0
    /// Windows in quarantine that somebody has decided upon, and versions.
    var decidedWindows: Set<Window> = []
    var decidedVersions: Set<Int> = []
    var requests = 0

    init(_ scenario: Scenario, isTelling: Bool = false) {
        self.scenario = scenario
        pipeline = SimulatedPipeline.make(scenario)
        partitions = scenario.partitions
        world = World(seed: scenario.seed)
        world.isTelling = isTelling
        World.current = world
        Broker.current = broker
        world.onSilence = { [broker] in broker.missed($0) }
        world.onPoint = { [unowned self] process, point in passed(process, point) }
        // An answer is lost when there is one to lose, which may be long after the plan said so.
        broker.onLostAnswer = { [unowned self] in mind(Double($0) / 1e9) }
    }

    /// Plays the whole scenario, and waits until all has been dealt with.
    /// - Returns: what was found broken.
    func play() -> [Violation] {
        setTheStage()
        for index in 0..<scenario.workers { raise(index, after: world.dice.within(0...1_000_000_000)) }
        let workload = Workload(scenario)
        let deliveries = workload.deliveries
        for (kind, count) in workload.counts { figures.note(kind, count) }
        for delivery in deliveries {
            world.after(delivery.time) { [self] in deliver(delivery) }
        }
        for step in scenario.steps {
            world.after(Int64(step.at * 1e9)) { [self] in carryOut(step) }
        }
        attend()
        lastDisaster = deliveries.last?.time ?? 0
        let patience = Self.patience + (workload.hasRubbish ? Self.patienceWithRubbish : 0)
        world.sleep(lastDisaster)
        var violations: [Violation] = []
        // Twice, since markers of the last transactions may still be on their way at first.
        var calm = 0
        while calm < 2 {
            world.sleep(1_000_000_000)
            violations += checks.duringTheRun()
            if !violations.isEmpty { break }
            guard world.now > lastDisaster else { continue }
            guard let left = checks.whatIsLeft else {
                calm += 1
                continue
            }
            calm = 0
            if world.now > lastDisaster + patience {
                violations.append(Violation(.progress, left))
                break
            }
        }
        violations += omens
        // What is compared belongs to one moment.
        if violations.isEmpty { violations = world.standingStill { undisturbedly { checks.atTheEnd() } } }
        takeFigures()
        close()
        return violations
    }

    private func takeFigures() {
        figures.seconds = Double(world.now) / 1e9
        figures.longestRecovery = Double(world.now - lastDisaster) / 1e9
        figures.seals = checks.messages(.slices).count
        figures.datasets = checks.datasets.count
        figures.models = checks.messages(.models).count { $0.message.envelope.type == ModelTrained.type }
        figures.promotions = checks.releases.count { $0.release.movesChampion }
        figures.rebalances = broker.rebalances
        for (fault, count) in broker.faults { figures.note(fault, count) }
        for (fault, count) in world.disk.faults { figures.note(fault, count) }
        for found in checks.messages(.datasets) where found.message.isA(DatasetQuarantined.self) {
            figures.note("window in quarantine")
        }
        for found in checks.messages(.slices) where found.message.isA(PartitionsChanged.self) {
            figures.note("partitions taken up")
        }
        let isCounted = checks.seals.contains { found in
            found.seal.topic == "transactions" && found.seal.partitionCount > scenario.partitions
        }
        if isCounted, checks.additions.isEmpty { figures.note("partitions added before the first seal") }
        for found in checks.messages(.models) {
            guard let refused = try? found.message.payload(RunRefused.self) else { continue }
            figures.note("run refused: \(refused.refusal.code.rawValue)")
        }
        for found in checks.messages(.models) {
            let type = found.message.envelope.type
            if type == RunMerged.type { figures.note("run merged") }
            if type == RunQueued.type { figures.note("run queued") }
            if type == RunFailed.type { figures.note("run failed") }
        }
        for (_, release) in checks.releases {
            switch release {
            case .refused(let refused): figures.note("request refused: \(refused.reason.code)")
            case .rolledBack: figures.note("rollback")
            case .awaitingApproval: figures.note("approval awaited")
            case .published(let verdict) where verdict.request != nil: figures.note("promotion by request")
            default: break
            }
        }
        figures.switches = world.switches
        figures.fingerprint = fingerprint
    }

    /// The checks use the machines as they are, whatever is broken on purpose.
    private func undisturbedly<Result>(_ body: () -> Result) -> Result {
        let active = Mutation.active
        Mutation.active = nil
        defer { Mutation.active = active }
        return body()
    }

    private func setTheStage() {
        world.disk.createTree("/work")
        world.disk.createTree("/registry")
        broker.createTopic("transactions", partitions: scenario.partitions)
        if scenario.cast == .all { broker.createTopic("labels", partitions: 1) }
    }

    private func deliver(_ delivery: Workload.Delivery) {
        switch delivery.kind {
        case .append(let value, let producer):
            broker.append(
                to: delivery.partition, value: value, timestampMilliseconds: delivery.timestamp, producer: producer)
        case .mark(let producer, let isCommit):
            broker.mark(delivery.partition, producer: producer, isCommit: isCommit)
        }
    }

    /// A number that two runs share only if all that was written was the same.
    private var fingerprint: UInt64 {
        var hash: UInt64 = 14_695_981_039_346_656_037
        func mix(_ value: UInt64) { hash = (hash ^ value) &* 1_099_511_628_211 }
        mix(UInt64(world.now))
        mix(UInt64(world.switches))
        for topic in broker.topics.sorted(by: { $0.key < $1.key }) {
            for log in topic.value {
                for entry in log.entries {
                    mix(UInt64(entry.appendedAt))
                    for byte in entry.record?.value?.buffer ?? UnsafeRawBufferPointer(start: nil, count: 0) {
                        mix(UInt64(byte))
                    }
                }
            }
        }
        return hash
    }

    // MARK: Workers

    private var roles: Set<Role> { scenario.cast == .ingest ? [.ingest] : [.ingest, .transform, .train, .publish] }

    func raise(_ index: Int, after delay: Int64) {
        world.after(delay) { [self] in
            guard !isClosing, lives[index].map(\.isDead) ?? true else { return }
            lives[index] = start(index)
        }
    }

    func start(_ index: Int) -> SimulatedProcess {
        let name = Self.names[index]
        let process = SimulatedProcess(name)
        all.append(process)
        let stop = StopSignal()
        process.onDeath = { stop.set() }
        stops[ObjectIdentifier(process)] = stop
        var options = Worker.Options()
        options.roles = roles
        options.instance = name
        let own = options
        world.start("main", of: process) { [self] in
            let log = Log(level: .warning) { [world] line in
                world.tell("\(name): \(line.drop { $0 != " " }.dropFirst().dropLast())")
            }
            do {
                try Worker(pipeline: pipeline, options: own, log: log).run(until: stop)
            } catch {
                world.tell("\(name): \(error)")
            }
            ended(process, index)
        }
        world.tell("worker \(name) starts")
        return process
    }

    var stops: [ObjectIdentifier: StopSignal] = [:]

    /// A worker that ends by itself begins again.
    private func ended(_ process: SimulatedProcess, _ index: Int) {
        guard !process.isDead else { return }
        world.kill(process)
        if lives[index] === process { raise(index, after: 1_000_000_000) }
    }

    // MARK: The end

    private func close() {
        isClosing = true
        for process in all where !process.isDead { world.kill(process) }
        // The dead end their threads; each turn of theirs is free of time.
        var turns = 0
        while all.contains(where: { !$0.isOver }), turns < 20_000 {
            world.sleep(1)
            turns += 1
        }
        for process in all { process.onDeath = nil }
        if let restless = all.first(where: { !$0.isOver }) {
            preconditionFailure("a thread of worker \(restless.name) does not end; seed \(scenario.seed)")
        }
        world.onPoint = nil
        world.onSilence = nil
        world.end()
        armed = []
    }
}
