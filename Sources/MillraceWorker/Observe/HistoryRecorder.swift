import Millrace
import MillraceHistory

/// Keeps a pipeline's history file in step with the topics, for the role `observe`, which reads them anyway.
///
/// Nothing depends on it: what goes wrong with the file is logged, and the role goes on.
final class HistoryRecorder {
    private let path: String
    private let log: Log
    private var store: HistoryStore?
    private var buffer: [ControlRecord] = []
    private var lastTrouble = ""

    init(pipeline: Pipeline, instance: String, log: Log) {
        path = HistoryStore.path(of: pipeline, instance: instance)
        self.log = log
    }

    /// Takes in what the topics hold from their beginning to their end.
    /// - Parameter read: calls back with every message of `HistoryStore.arrows`, in the order of each topic. What it
    ///   throws is thrown on.
    func begin(_ connection: PipelineConnection, read: (_ each: (ControlRecord) throws -> Void) throws -> Void) throws {
        attempt { store = try HistoryStore.open(path: path) { say($0, aside: $1) } }
        var isOther: HistoryError?
        func flush() {
            attempt {
                do {
                    try store?.take(buffer)
                } catch let error as HistoryError {
                    (isOther, store) = (error, nil)
                }
            }
            buffer.removeAll(keepingCapacity: true)
        }
        try read { record in
            buffer.append(record)
            if buffer.count >= 500 { flush() }
        }
        flush()
        attempt {
            do {
                try store?.checkAllSeen()
            } catch let error as HistoryError {
                isOther = error
            }
            guard let isOther else { return }
            store = nil
            say(isOther, aside: try HistoryStore.putAside(path))
            let store = try HistoryStore(path: path)
            try store.rebuild(from: connection)
            self.store = store
        }
    }

    func take(_ records: [ControlRecord]) { attempt { try store?.take(records) } }

    func sample(_ observation: Observation) { attempt { try store?.sample(observation) } }

    private func say(_ error: HistoryError, aside: String) {
        log.warning(
            "observe", "put a history file aside, and made it again from the topics",
            ["reason": error.code.rawValue, "detail": error.message, "aside": aside])
    }

    private func attempt(_ body: () throws -> Void) {
        do {
            try body()
        } catch {
            // Without a store nothing is recorded, so that nothing is left out: the next beginning takes it all in.
            store = nil
            guard lastTrouble != "\(error)" else { return }
            lastTrouble = "\(error)"
            log.error("observe", "the history is not kept until the role begins anew", ["error": error])
        }
    }
}
