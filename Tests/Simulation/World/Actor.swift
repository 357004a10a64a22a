import CContext

/// A thread of a simulated process: a stack of its own, which the one thread that there is runs when its turn comes.
///
/// `@unchecked Sendable`: it lives in a world in which one thread runs.
final class Actor: @unchecked Sendable {
    let name: String
    let process: SimulatedProcess
    /// What it does; nil once it has begun.
    var body: (() -> Void)?
    var stack: Stack?
    /// Where it goes on.
    let context = UnsafeMutablePointer<ucontext_t>.allocate(capacity: 1)
    /// Entries of the queue that bear an older ticket are void.
    var ticket = 0
    var isWaiting = false

    init(name: String, process: SimulatedProcess, body: (() -> Void)? = nil) {
        self.name = name
        self.process = process
        self.body = body
    }

    deinit { context.deallocate() }
}

/// One life of an operating system's process: what dies at once.
public final class SimulatedProcess: @unchecked Sendable {
    public let name: String
    /// Killed: whatever its threads still try has no effect, and they end.
    public internal(set) var isDead = false
    /// Stopped, as by SIGSTOP, until then (ns).
    public internal(set) var frozenUntil: Int64 = 0
    /// Cut off from the brokers until then (ns), and since when.
    public internal(set) var unreachableUntil: Int64 = 0
    public internal(set) var unreachableSince: Int64?
    /// Since when nobody hears of it (ns); nil while it is heard.
    public internal(set) var silentSince: Int64?
    /// Called at its death, to end the loops of its threads.
    public var onDeath: (() -> Void)?
    var actors: [Actor] = []
    /// The dead see time fly, so that every deadline of theirs passes at once.
    var afterlife: Int64 = 0

    public init(_ name: String) { self.name = name }

    public var isOver: Bool { actors.isEmpty }
}
