import Foundation
public import Millrace
import MillraceHistory

/// Keeps a pipeline's history file in step with the topics, for the role `observe`, which reads them anyway.
///
/// Nothing depends on it: what goes wrong with the file is logged, and the role goes on.
public final class HistoryRecorder {
    private let path: String
    private let log: Log
    private var store: HistoryStore?
    private var lastTrouble = ""

    public init(pipeline: Pipeline, instance: String, log: Log) {
        path = HistoryStore.path(of: pipeline, instance: instance)
        self.log = log
    }

    /// Takes in what the topics hold from their beginning to their end.
    /// - Parameter all: every message of `HistoryStore.arrows`, in the order of each topic.
    public func begin(_ all: [ControlRecord]) {
        attempt {
            do {
                try open().takeAll(all)
            } catch let error as HistoryError {
                store = nil
                say(error, aside: try HistoryStore.putAside(path))
                try open().takeAll(all)
            }
        }
    }

    public func take(_ records: [ControlRecord]) { attempt { try store?.take(records) } }

    public func sample(_ observation: Observation) { attempt { try store?.sample(observation) } }

    private func open() throws -> HistoryStore {
        let store = try HistoryStore.open(path: path) { say($0, aside: $1) }
        self.store = store
        return store
    }

    private func say(_ error: HistoryError, aside: String) {
        log.warning(
            "observe", "put a history file aside, and made it again from the topics",
            ["reason": error.code.rawValue, "detail": error.message, "aside": aside])
    }

    private func attempt(_ body: () throws -> Void) {
        do {
            try body()
            lastTrouble = ""
        } catch {
            // Taken in at the next start: without a store nothing is recorded meanwhile, so that nothing is left out.
            store = nil
            guard lastTrouble != "\(error)" else { return }
            lastTrouble = "\(error)"
            log.error("observe", "the history is not kept until the role begins anew", ["error": error])
        }
    }
}

extension HistoryStore {
    fileprivate func takeAll(_ records: [ControlRecord]) throws {
        try take(records)
        try checkAllSeen()
    }
}
