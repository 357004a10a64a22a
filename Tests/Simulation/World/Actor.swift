import Dispatch

/// A thread of a simulated process. One actor runs at a time; the others wait for their semaphore.
final class Actor: @unchecked Sendable {
    let name: String
    let process: SimulatedProcess
    let turn = DispatchSemaphore(value: 0)
    /// Entries of the queue that bear an older ticket are void.
    var ticket = 0
    var isWaiting = false

    init(name: String, process: SimulatedProcess) {
        self.name = name
        self.process = process
    }
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
