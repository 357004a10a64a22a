import Foundation
public import Millrace
import Synchronization

/// The ingest role: reads the source topics, puts rows into windows, seals them.
///
/// One thread owns the consumer; another writes files and sends messages. What goes wrong with a broker or a disk ends
/// the present life; the next begins by folding `slices`, as every start does.
public final class IngestService: RoleService {
    let pipeline: Pipeline
    let cluster: Cluster
    let instance: String
    let log: Log
    let stop: StopSignal
    public let health = RoleHealth(role: .ingest)
    private let shared = Mutex(IngestStatus())

    /// - Parameter instance: stable over restarts of this process and different from other processes' of the pipeline.
    public init(pipeline: Pipeline, cluster: Cluster, instance: String, log: Log, stop: StopSignal) {
        self.pipeline = pipeline
        self.cluster = cluster
        self.instance = instance
        self.log = log
        self.stop = stop
    }

    public var status: IngestStatus { shared.withLock { $0 } }
    func publish(_ status: IngestStatus) { shared.withLock { $0 = status } }

    /// Returns when the stop signal is set and all is given up in order.
    public func run() {
        var failures = 0
        while !stop.isSet {
            let begin = ContinuousClock.now
            do {
                let life = try IngestLife(self)
                defer { life.close() }
                try life.run()
            } catch {
                if begin.duration(to: .now) > .seconds(60) { failures = 0 }
                failures += 1
                let pause = ControlLoop.backoff(failures)
                health.failed("\(error)")
                log.error(
                    "ingest", "stopped by an error; beginning again",
                    ["error": error, "pause": pause, "failures": failures])
                let end = ContinuousClock.now + pause
                while !stop.isSet, ContinuousClock.now < end { Thread.sleep(forTimeInterval: 0.05) }
            }
        }
    }
}
