import Foundation
import Kafka
public import Millrace
import World

// What stands in for parts of the worker that know the process they run in.

/// A named point at which the simulation may end or stop the process.
public enum CrashPoint {
    public static func reach(_ name: @autoclosure () -> String) { World.current.reach(name()) }
}

extension Timestamp {
    /// 2024-01-01 and the time since the simulation began.
    public static var now: Timestamp {
        Timestamp(microseconds: 1_704_067_200_000_000 + World.current.now / 1000)
    }
}

/// Nobody looks at it here.
public struct StatusFile {
    init(pipeline: Pipeline, instance: String) {}
    func write(_ content: Content) throws {}
    func remove() {}
}

public final class ObservationBoard: Sendable {}

/// Spans go nowhere here.
final class Tracer: Sendable {
    let dropped = 0
    init?(pipeline: Pipeline, instance: String, version: String, log: Log) { return nil }
    func committed(_ records: [OutgoingRecord], offsets: [Int64] = []) {}
    func close() {}
}

/// The cast has nobody to observe for.
final class ObserveService: RoleService {
    let health = RoleHealth(role: .observe)
    init(pipeline: Pipeline, instance: String, board: ObservationBoard, log: Log, stop: StopSignal) {}
    func run() {}
}
