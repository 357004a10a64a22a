public import Millrace
import Synchronization

/// What the observe role saw last, for any thread to read or wait for.
public final class ObservationBoard: Sendable {
    /// An observation, with what was folded from the control topics for it.
    public struct Entry: Sendable {
        public var observation: Observation
        /// Runs, versions, datasets and windows.
        public var view: PipelineView
        /// What is wrong, and what to type next.
        public var status: PipelineStatus
        /// Records in the topic of dead letters.
        public var deadLetters: Int64 = 0
        /// nil before the first champion, and where its datasets are not on this machine.
        public var drift: DriftReport?
    }

    private struct State {
        var latest: Entry?
        var series = LagSeries()
        var listeners: [Int: @Sendable (Entry) -> Void] = [:]
        var nextListener = 0
    }

    private let state = Mutex(State())

    public init() {}

    /// nil before the first look at the brokers.
    public var latest: Entry? { state.withLock { $0.latest } }

    public var series: LagSeries { state.withLock { $0.series } }

    /// Has a closure called for every entry from now on, on the observing thread: it must be quick and must not wait.
    /// - Returns: what `unsubscribe` takes.
    public func subscribe(_ listener: @escaping @Sendable (Entry) -> Void) -> Int {
        state.withLock { state in
            state.nextListener += 1
            state.listeners[state.nextListener] = listener
            return state.nextListener
        }
    }

    public func unsubscribe(_ listener: Int) { state.withLock { _ = $0.listeners.removeValue(forKey: listener) } }

    /// Says that nothing new could be seen, beside what was seen last.
    func post(trouble: String) {
        guard var entry = latest else { return }
        entry.observation.trouble = trouble
        post(entry)
    }

    func post(_ entry: Entry) {
        let listeners = state.withLock { state in
            state.latest = entry
            state.series.add(entry.observation)
            return state.listeners.sorted { $0.key < $1.key }.map(\.value)
        }
        for listener in listeners { listener(entry) }
    }
}
