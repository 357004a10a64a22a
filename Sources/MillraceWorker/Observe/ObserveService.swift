import Foundation
import Kafka
public import Millrace

/// The role `observe`: looks at groups and control topics every interval, on a thread of its own, and posts what it sees.
///
/// Nothing depends on it. When the brokers are in trouble it says so on the board and begins again after a pause.
public final class ObserveService {
    let pipeline: Pipeline
    let log: Log
    let stop: StopSignal
    let board: ObservationBoard
    let health = RoleHealth(role: .observe)
    private let history: HistoryRecorder
    private let alerts: AlertDesk
    /// Kept over lives: what was learnt of rates and arrivals holds when a broker comes back.
    private var observer = LagObserver()
    private var sequence = 0

    public init(pipeline: Pipeline, instance: String, board: ObservationBoard, log: Log, stop: StopSignal) {
        self.pipeline = pipeline
        self.board = board
        self.log = log
        self.stop = stop
        history = HistoryRecorder(pipeline: pipeline, instance: instance, log: log)
        alerts = AlertDesk(pipeline: pipeline, instance: instance, log: log)
    }

    /// Returns when the stop signal is set.
    public func run() {
        var failures = 0
        defer { alerts.close() }
        while !stop.isSet {
            do {
                let life = try ObserveLife(pipeline, history: history, alerts: alerts)
                defer { life.close() }
                while !stop.isSet {
                    let begin = ContinuousClock.now
                    health.working("looking")
                    let entry = try life.look(&observer)
                    post(entry)
                    try alerts.look(entry)
                    health.idle()
                    failures = 0
                    try life.follow(until: begin + pipeline.observe.interval, stop: stop)
                }
            } catch {
                failures += 1
                let pause = ControlLoop.backoff(failures)
                health.failed("\(error)")
                board.post(trouble: "\(error)")
                alerts.lookWithoutBrokers()
                log.warning("observe", "cannot look at the brokers; trying again", ["error": error, "pause": pause])
                let end = ContinuousClock.now + pause
                while !stop.isSet, ContinuousClock.now < end { Thread.sleep(forTimeInterval: 0.05) }
            }
        }
    }

    private func post(_ entry: ObservationBoard.Entry) {
        sequence += 1
        var entry = entry
        entry.observation.sequence = sequence
        board.post(entry)
    }
}

extension ObserveService: RoleService {}
