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
    struct Content {
        var process: Int32
        var instance: String
        var updated: Timestamp
        var roles: [RoleHealth.State]
        var ingest: IngestStatus?
        var droppedSpans: Int?
    }

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

extension Worker {
    func makeService(_ role: Role, cluster: Cluster, stop: StopSignal) -> any RoleService {
        switch role {
        case .ingest:
            IngestService(pipeline: pipeline, cluster: cluster, instance: options.instance, log: log, stop: stop)
        case .transform: controlLoop(TransformHandler(pipeline: pipeline, log: log), cluster: cluster, stop: stop)
        case .train:
            controlLoop(
                TrainHandler(pipeline: pipeline, version: options.version, log: log),
                cluster: cluster, stop: stop)
        case .publish: controlLoop(PublishHandler(pipeline: pipeline, log: log), cluster: cluster, stop: stop)
        case .observe: preconditionFailure("there is nobody to observe for")
        }
    }

    private func controlLoop(_ handler: any ControlHandler, cluster: Cluster, stop: StopSignal) -> ControlLoop {
        ControlLoop(
            handler: handler, cluster: cluster, deadLetters: pipeline.deadLetters, instance: options.instance, log: log,
            stop: stop, health: RoleHealth(role: handler.role))
    }
}
