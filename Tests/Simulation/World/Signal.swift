/// A counting semaphore of virtual time.
public final class Signal: @unchecked Sendable {
    private var count: Int
    private var waiting: [Actor] = []

    public init(_ count: Int) { self.count = count }

    public func signal() {
        count += 1
        for actor in waiting { World.current.wake(actor) }
    }

    /// - Parameter time: ns; nil waits for ever. The dead never wait long.
    /// - Returns: whether the signal came.
    @discardableResult
    public func wait(until time: Int64? = nil) -> Bool {
        let world = World.current
        while count == 0 {
            if let time, world.now >= time { return false }
            let me = world.actor
            waiting.append(me)
            world.wait(until: time)
            waiting.removeAll { $0 === me }
            if count == 0, me.process.isDead { return false }
        }
        count -= 1
        return true
    }
}

/// Those who wait until something changes that concerns them.
public final class Crowd: @unchecked Sendable {
    private var waiting: [(actor: Actor, isReady: () -> Bool)] = []

    public init() {}

    /// Something has changed: wakes those whom it concerns. A turn of another thread costs far more than the question.
    public func wakeThoseReady() {
        for (actor, isReady) in waiting where isReady() { World.current.wake(actor) }
    }

    /// Waits until somebody calls `wakeThoseReady` at a moment at which the condition holds, or a time (ns).
    public func wait(until time: Int64, or isReady: @escaping () -> Bool) {
        let me = World.current.actor
        waiting.append((me, isReady))
        World.current.wait(until: time)
        waiting.removeAll { $0.actor === me }
    }
}
