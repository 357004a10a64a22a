import CContext

/// Virtual time and the threads that live in it. One runs at a time, and hands over only where it waits: so a run is a
/// function of its seed and its plan alone.
///
/// `@unchecked Sendable`: one thread of the operating system runs them all.
public final class World: @unchecked Sendable {
    /// The world in which this program's threads live. One at a time.
    nonisolated(unsafe) public static var current = World(seed: 0)

    /// ns since the beginning.
    public private(set) var now: Int64 = 0
    public var dice: Dice
    public let disk = Disk()
    /// What has happened, for a reader; filled when `isTelling`.
    public private(set) var chronicle: [String] = []
    public var isTelling = false
    /// Called when a thread reaches a named point.
    public var onPoint: ((SimulatedProcess, String) -> Void)?
    /// Called when a process dies, stops or goes on: the brokers hear of it in time.
    public var onSilence: ((SimulatedProcess) -> Void)?
    public private(set) var switches = 0
    /// What was made of bytes before.
    public let memory = Memory()
    private var standsStill = false

    private var agenda = Agenda()
    private var running: Actor
    /// Runs on the thread's own stack.
    private let driver: Actor
    /// Of an actor that has ended.
    private var spent: Stack?

    public init(seed: UInt64) {
        dice = Dice(seed)
        driver = Actor(name: "driver", process: SimulatedProcess("driver"))
        running = driver
    }

    public var process: SimulatedProcess { running.process }

    /// The time that the running thread sees.
    public var seenTime: Int64 {
        guard running.process.isDead else { return now }
        running.process.afterlife += 3_600_000_000_000
        return now + running.process.afterlife
    }

    public func tell(_ event: @autoclosure () -> String) {
        guard isTelling else { return }
        let tenths = now / 100_000_000
        chronicle.append("\(tenths / 10).\(tenths % 10)s  \(event())")
    }

    // MARK: Threads

    /// Starts a thread of a process; it begins when its turn comes.
    public func start(_ name: String, of process: SimulatedProcess? = nil, _ body: @escaping () -> Void) {
        let actor = Actor(name: name, process: process ?? running.process, body: body)
        actor.process.actors.append(actor)
        actor.isWaiting = true
        agenda.add(.turn(actor, ticket: actor.ticket), at: now)
    }

    /// The whole life of a thread.
    /// - Returns: where the one goes on whose turn is next.
    private func live() -> UnsafeMutablePointer<ucontext_t> {
        recycle()
        let actor = running
        actor.body?()
        actor.body = nil
        actor.process.actors.removeAll { $0 === actor }
        // It is in use until somebody else runs.
        spent = actor.stack
        running = next()
        begin(running)
        return running.context
    }

    private func recycle() {
        spent?.giveBack()
        spent = nil
    }

    /// Gives an actor whose first turn comes its stack.
    private func begin(_ actor: Actor) {
        guard actor.stack == nil, actor !== driver else { return }
        let stack = Stack.take()
        actor.stack = stack
        context_begin(actor.context, stack.base, UInt(stack.bytes)) { context_leave(World.lead()) }
    }

    /// A function of its own, never inlined: nothing may be held any more when the stack is left for good.
    @inline(never) private static func lead() -> UnsafeMutablePointer<ucontext_t> { current.live() }

    /// Lets the others go on for a while.
    public func sleep(_ nanoseconds: Int64) {
        guard !standsStill else { return }
        prepareToWait()
        agenda.add(.turn(running, ticket: running.ticket), at: running.process.isDead ? now : now + max(0, nanoseconds))
        handOver()
    }

    /// Looks around while nothing moves: what waits meanwhile does not wait, and nobody else has a turn.
    public func standingStill<Result>(_ body: () -> Result) -> Result {
        standsStill = true
        defer { standsStill = false }
        return body()
    }

    /// Does something at a later time, on whatever thread is waiting then. It must not wait itself.
    public func after(_ nanoseconds: Int64, _ action: @escaping () -> Void) {
        agenda.add(.action(action), at: now + max(0, nanoseconds))
    }

    /// Waits until `wake`, or a time.
    func wait(until time: Int64?) {
        prepareToWait()
        if running.process.isDead {
            agenda.add(.turn(running, ticket: running.ticket), at: now)
        } else if let time {
            agenda.add(.turn(running, ticket: running.ticket), at: max(now, time))
        }
        handOver()
    }

    var actor: Actor { running }

    func wake(_ actor: Actor) {
        guard actor.isWaiting else { return }
        agenda.add(.turn(actor, ticket: actor.ticket), at: now)
    }

    private func prepareToWait() {
        running.ticket += 1
        running.isWaiting = true
    }

    private func handOver() {
        let me = running
        let other = next()
        guard other !== me else { return }
        switches += 1
        running = other
        begin(other)
        context_switch(me.context, other.context)
        recycle()
    }

    /// Forgets what was still to come, and with it all that it holds. There must be nobody left but the driver.
    public func end() { agenda = Agenda() }

    /// The actor whose turn comes; what happens before it by itself is done here.
    private func next() -> Actor {
        while let entry = agenda.takeFirst() {
            now = max(now, entry.time)
            switch entry.item {
            case .action(let action): action()
            case .turn(let actor, let ticket):
                guard actor.isWaiting, actor.ticket == ticket else { continue }
                if actor.process.frozenUntil > now, !actor.process.isDead {
                    agenda.add(entry.item, at: actor.process.frozenUntil)
                    continue
                }
                actor.isWaiting = false
                return actor
            }
        }
        preconditionFailure("everyone waits for ever: the driver must have a moment to wake at")
    }

    // MARK: Disasters

    /// As kill -9: from now on nothing that the process does has an effect.
    public func kill(_ process: SimulatedProcess) {
        guard !process.isDead else { return }
        process.isDead = true
        process.silentSince = process.silentSince ?? now
        process.onDeath?()
        for actor in process.actors { wake(actor) }
        disk.release(locksOf: process)
        onSilence?(process)
    }

    /// The machine is believed lost: others may take what it has locked.
    public func loseLocks(of process: SimulatedProcess) { disk.release(locksOf: process) }

    /// As SIGSTOP, and SIGCONT after a while.
    public func freeze(_ process: SimulatedProcess, for nanoseconds: Int64) {
        process.frozenUntil = max(process.frozenUntil, now + nanoseconds)
        process.silentSince = process.silentSince ?? now
        onSilence?(process)
        after(nanoseconds) { [self] in
            guard process.frozenUntil <= now, !process.isDead else { return }
            process.silentSince = nil
        }
    }

    /// No packet between a process and the brokers for a while.
    public func cutOff(_ process: SimulatedProcess, for nanoseconds: Int64) {
        process.unreachableUntil = max(process.unreachableUntil, now + nanoseconds)
        process.unreachableSince = process.unreachableSince ?? now
        onSilence?(process)
        after(nanoseconds) { [self] in
            if process.unreachableUntil <= now { process.unreachableSince = nil }
        }
    }

    /// A named point in the code of the worker.
    public func reach(_ point: String) {
        guard !running.process.isDead else { return }
        onPoint?(running.process, point)
        if dice.one(in: 4) { sleep(dice.within(0...3_000_000)) }
    }
}
