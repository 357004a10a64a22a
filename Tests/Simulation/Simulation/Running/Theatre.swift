import Glibc
import Kafka
import Millrace
import MillraceWorker
import World

/// One run: the workers of a scenario on the modelled cluster and disk, with its disasters.
final class Theatre {
    static let names = ["a", "b", "c"]
    /// By then all must be done after the last disaster (ns).
    static let patience: Int64 = 150_000_000_000

    let scenario: Scenario
    let pipeline: Pipeline
    let world: World
    let broker = Broker()
    private(set) var figures = Figures()
    /// The present life of each worker.
    private var lives: [Int: SimulatedProcess] = [:]
    private var all: [SimulatedProcess] = []
    private var armed: [(worker: Int, point: String, passages: Int, action: (SimulatedProcess) -> Void)] = []
    /// Workers that were let in though another of their name had the folder.
    private(set) var intruders: [String] = []
    /// When processes stood still or were cut off (ns).
    private(set) var standstills: [(name: String, span: Range<Int64>)] = []
    /// What was found broken at the moment of a death.
    private var omens: [Violation] = []
    private var isClosing = false
    private var lastDisaster: Int64 = 0

    init(_ scenario: Scenario, isTelling: Bool = false) {
        self.scenario = scenario
        pipeline = SimulatedPipeline.make(scenario)
        world = World(seed: scenario.seed)
        world.isTelling = isTelling
        World.current = world
        Broker.current = broker
        world.onSilence = { [broker] in broker.missed($0) }
        world.onPoint = { [unowned self] process, point in passed(process, point) }
    }

    /// Plays the whole scenario, and waits until all has been dealt with.
    /// - Returns: what was found broken.
    func play() -> [Violation] {
        setTheStage()
        for index in 0..<scenario.workers { raise(index, after: world.dice.within(0...1_000_000_000)) }
        let deliveries = Workload(scenario).deliveries
        for delivery in deliveries {
            world.after(delivery.time) { [self] in deliver(delivery) }
        }
        for step in scenario.steps {
            world.after(Int64(step.at * 1e9)) { [self] in carryOut(step) }
        }
        let checks = Checks(self)
        lastDisaster = deliveries.last?.time ?? 0
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
            if world.now > lastDisaster + Self.patience {
                violations.append(Violation(.progress, left))
                break
            }
        }
        violations += omens
        if violations.isEmpty { violations = undisturbedly { checks.atTheEnd() } }
        figures.seconds = Double(world.now) / 1e9
        figures.longestRecovery = Double(world.now - lastDisaster) / 1e9
        figures.seals = checks.messages(.slices).count
        figures.datasets = checks.datasets.count
        figures.models = checks.messages(.models).count { $0.message.envelope.type == ModelTrained.type }
        figures.promotions = checks.releases.count { $0.release.movesChampion }
        figures.rebalances = broker.rebalances
        figures.faults += broker.faults + world.disk.refusals
        figures.switches = world.switches
        figures.fingerprint = fingerprint
        close()
        return violations
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

    private func raise(_ index: Int, after delay: Int64) {
        world.after(delay) { [self] in
            guard !isClosing, lives[index].map(\.isDead) ?? true else { return }
            lives[index] = start(index)
        }
    }

    private func start(_ index: Int) -> SimulatedProcess {
        let name = Self.names[index]
        let process = SimulatedProcess(name)
        all.append(process)
        let stop = StopSignal()
        process.onDeath = { stop.set() }
        stops[ObjectIdentifier(process)] = stop
        var options = Worker.Options()
        options.roles = roles
        options.instance = name
        let options2 = options
        world.start("main", of: process) { [self] in
            let log = Log(level: .warning) { [world] line in
                world.tell("\(name): \(line.drop { $0 != " " }.dropFirst().dropLast())")
            }
            do {
                try Worker(pipeline: pipeline, options: options2, log: log).run(until: stop)
            } catch {
                world.tell("\(name): \(error)")
            }
            ended(process, index)
        }
        world.tell("worker \(name) starts")
        return process
    }

    private var stops: [ObjectIdentifier: StopSignal] = [:]

    /// A worker that ends by itself begins again.
    private func ended(_ process: SimulatedProcess, _ index: Int) {
        guard !process.isDead else { return }
        world.kill(process)
        if lives[index] === process { raise(index, after: 1_000_000_000) }
    }

    private func end(_ index: Int, back: Double) {
        guard let process = lives[index], !process.isDead else { return }
        world.tell("worker \(process.name) is killed")
        figures.kills += 1
        world.kill(process)
        // What a death leaves behind is there for others to see at once.
        omens += Checks(self).duringTheRun()
        raise(index, after: Int64(back * 1e9))
        mind(back)
    }

    private func note(_ process: SimulatedProcess, _ seconds: Double) {
        standstills.append((process.name, world.now..<world.now + Int64(seconds * 1e9)))
        mind(seconds)
    }

    private func mind(_ seconds: Double) { lastDisaster = max(lastDisaster, world.now + Int64(seconds * 1e9)) }

    private func freeze(_ process: SimulatedProcess, _ seconds: Double) {
        world.tell("worker \(process.name) stands still for \(seconds) s")
        figures.faults += 1
        world.freeze(process, for: Int64(seconds * 1e9))
        note(process, seconds)
    }

    private func passed(_ process: SimulatedProcess, _ point: String) {
        guard let place = armed.firstIndex(where: { lives[$0.worker] === process && $0.point == point }) else { return }
        armed[place].passages -= 1
        guard armed[place].passages <= 0 else { return }
        let action = armed.remove(at: place).action
        world.tell("worker \(process.name) is at '\(point)'")
        action(process)
    }

    // MARK: Disasters

    private func carryOut(_ step: Step) {
        switch step.kind {
        case .kill(let worker, let back): end(worker, back: back)
        case .killAt(let worker, let point, let passage, let back):
            armed.append((worker, point, passage, { [self] _ in end(worker, back: back) }))
        case .freeze(let worker, let seconds):
            if let process = lives[worker], !process.isDead { freeze(process, seconds) }
        case .freezeAt(let worker, let point, let seconds):
            armed.append((worker, point, 1, { [self] in freeze($0, seconds) }))
        case .replace(let worker, let point, let seconds): replace(worker, point, seconds)
        case .twin(let worker): startTwin(worker)
        case .stop(let worker, let back):
            guard let process = lives[worker], !process.isDead else { return }
            world.tell("worker \(process.name) is stopped")
            stops[ObjectIdentifier(process)]?.set()
            mind(back + 20)
        case .cutOff(let worker, let seconds):
            guard let process = lives[worker], !process.isDead else { return }
            world.tell("worker \(process.name) has no connection for \(seconds) s")
            figures.faults += 1
            world.cutOff(process, for: Int64(seconds * 1e9))
            note(process, seconds)
        case .loseAnswers(let worker, let count): broker.lostAnswers[Self.names[worker]] = count
        case .refuseWrites(let seconds, let error):
            world.tell("the disk refuses writes for \(seconds) s")
            world.disk.refusal = (world.now + Int64(seconds * 1e9), error)
            mind(seconds)
        case .powerCut(let back):
            for index in 0..<scenario.workers { end(index, back: back) }
            world.tell("the power is cut")
            figures.faults += 1
            world.disk.cutPower(&world.dice)
            mind(back)
        case .retention: removeOldRecords()
        }
    }

    private func replace(_ worker: Int, _ point: String?, _ seconds: Double) {
        let action: (SimulatedProcess) -> Void = { [self] old in
            freeze(old, seconds)
            world.loseLocks(of: old)
            lives[worker] = start(worker)
        }
        if let point {
            armed.append((worker, point, 1, action))
        } else if let process = lives[worker], !process.isDead {
            action(process)
        }
    }

    /// What no open window needs any more.
    private func removeOldRecords() {
        figures.faults += 1
        for (partition, offset) in broker.committed("millrace.\(pipeline.name).ingest") {
            guard let rewind = ResumeNote(offset.metadata)?.snapshot.offset else { continue }
            broker.removeRecords(of: partition, below: rewind)
        }
    }

    private func startTwin(_ worker: Int) {
        guard let first = lives[worker], !first.isDead else { return }
        let twin = start(worker)
        world.after(3_000_000_000) { [self] in
            guard !twin.isDead else { return }
            if !first.isDead { intruders.append(twin.name) }
            world.kill(twin)
        }
        mind(4)
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
        armed = []
    }
}
