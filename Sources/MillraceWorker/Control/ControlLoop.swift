import Foundation
public import Millrace

/// Runs one role: one thread that owns the role's consumer and outbox, feeds its handler, and carries out what the
/// handler asks for.
///
/// Anything that goes wrong with the broker ends the present life of the loop: consumer and outbox are closed, and
/// after a growing pause a new life begins by folding the outputs again. So there is one way to recover, and it is the
/// one that is taken at every start.
public final class ControlLoop {
    let handler: any ControlHandler
    let cluster: Cluster
    let deadLetters: DeadLetterSettings
    let instance: String
    let log: Log
    let stop: StopSignal
    let health: RoleHealth

    /// - Parameter instance: stable over restarts of this process and different from other processes' of the role.
    public init(
        handler: any ControlHandler, cluster: Cluster, deadLetters: DeadLetterSettings, instance: String, log: Log,
        stop: StopSignal, health: RoleHealth
    ) {
        self.handler = handler
        self.cluster = cluster
        self.deadLetters = deadLetters
        self.instance = instance
        self.log = log
        self.stop = stop
        self.health = health
    }

    /// Returns when the stop signal is set and all is given up in order.
    public func run() {
        var failures = 0
        while !stop.isSet {
            let begin = ContinuousClock.now
            do {
                let life = try ControlLife(self)
                defer { life.close() }
                try life.run()
            } catch {
                if begin.duration(to: .now) > .seconds(60) { failures = 0 }
                failures += 1
                let pause = Self.backoff(failures)
                health.failed("\(error)")
                log.error(
                    handler.role.rawValue, "stopped by an error; beginning again",
                    ["error": error, "pause": pause, "failures": failures])
                let end = ContinuousClock.now + pause
                while !stop.isSet, ContinuousClock.now < end { Thread.sleep(forTimeInterval: 0.05) }
            }
        }
    }

    /// 0.25 s, doubled at each failure up to 30 s, and spread so that processes do not come back together.
    static func backoff(_ failures: Int) -> Duration {
        let base = min(30_000, 250 << min(failures - 1, 7))
        return .milliseconds(Int.random(in: base / 2...base))
    }
}
