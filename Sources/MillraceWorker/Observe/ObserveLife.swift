import Foundation
import Kafka
import Millrace
import MillraceHistory

/// The connections of `ObserveService`, from one trouble to the next.
final class ObserveLife {
    private let connection: PipelineConnection
    private let sampler: LagSampler
    private let reader: ControlReader
    private let history: HistoryRecorder
    private let alerts: AlertDesk
    private var view = PipelineView()
    private var drift: DriftWatch

    init(_ pipeline: Pipeline, history: HistoryRecorder, alerts: AlertDesk) throws {
        // Short, so that the role stops in time with brokers that do not answer.
        connection = try PipelineConnection(pipeline, client: "observe", timeout: .seconds(3))
        drift = DriftWatch(folder: pipeline.folder)
        let reader = ControlReader(connection)
        self.reader = reader
        self.history = history
        self.alerts = alerts
        var view = PipelineView()
        try history.begin(connection) { each in
            try reader.readAll(HistoryStore.arrows) { record in
                view.fold(record)
                try each(record)
            }
        }
        self.view = view
        sampler = try LagSampler(settings: connection.controlSettings(for: "lag"), timeout: .seconds(3))
        try alerts.begin(connection, reader)
    }

    func close() {
        alerts.end()
        sampler.close(within: .seconds(2))
    }

    /// Offsets, and what the control topics have said until now.
    func look(_ observer: inout LagObserver) throws -> ObservationBoard.Entry {
        let groups = try observer.observe(watches, with: sampler)
        let processes = StatusFile.readAll(of: connection.pipeline)
        let observation = Observation(
            time: .now, groups: groups,
            freshness: Freshness(view: view, processes: processes, now: .now),
            trouble: sampler.trouble.isEmpty ? nil : sampler.trouble.joined(separator: "; "))
        history.sample(observation)
        let deadLetters = try connection.deadLetterCount()
        let status = PipelineStatus(
            .init(
                pipeline: connection.pipeline, view: view, lags: groups, trouble: sampler.trouble,
                processes: processes, deadLetters: deadLetters))
        return .init(
            observation: observation, view: view, status: status, deadLetters: deadLetters, drift: drift.report(view))
    }

    /// The train role reads no further while a run is under way.
    private var watches: [LagSampler.Watch] {
        connection.watches().map { watch in
            var watch = watch
            if watch.role == .train, let run = view.runs.last(where: { $0.state == .running || $0.state == .trained }) {
                watch.excuse = "it reads on when run \(run.run) is decided"
            }
            return watch
        }
    }

    /// Takes in what the control topics say, until it is time to look again.
    func follow(until end: ContinuousClock.Instant, stop: StopSignal) throws {
        repeat {
            let records = try reader.poll(timeout: max(.zero, min(.milliseconds(200), end - .now)))
            for record in records { view.fold(record) }
            history.take(records.filter { HistoryStore.arrows.contains($0.arrow) })
            alerts.take(records)
        } while !stop.isSet && ContinuousClock.now < end
    }
}
