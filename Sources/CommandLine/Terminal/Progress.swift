internal import Synchronization

/// How far a long piece of work has come, on standard error: one moving line on a terminal, an occasional plain line
/// elsewhere, nothing with `--quiet`. May be advanced from any thread, as often as liked: writing is rationed.
public final class Progress: Sendable {
    private struct State {
        var line: ProgressLine
        var lastWritten: Duration?
        var isFinished = false
    }

    private let console: Console
    private let start = ContinuousClock.now
    private let state: Mutex<State>

    /// - Parameters:
    ///   - total: how much there is, when that is known: only then are percents and the time left shown.
    ///   - unit: what is counted, `rows` say; `nil` counts bytes.
    public init(_ label: String, total: Int? = nil, unit: String?, on console: Console) {
        self.console = console
        state = Mutex(State(line: ProgressLine(label: label, total: total, unit: unit)))
    }

    public func advance(by count: Int) { write { $0.done + count } }
    public func update(done: Int) { write { _ in done } }

    /// Says what was done in what time. Later calls do nothing.
    public func finish() {
        let now = ContinuousClock.now - start
        let text: String? = state.withLock { state in
            guard !state.isFinished else { return nil }
            state.isFinished = true
            return state.line.summary(at: now)
        }
        guard let text, !console.isQuiet else { return }
        console.writeError(console.errorIsTerminal ? "\r\u{1B}[K\(text)\n" : text + "\n")
    }

    private func write(_ done: (ProgressLine) -> Int) {
        let now = ContinuousClock.now - start
        let interval: Duration = console.errorIsTerminal ? .milliseconds(100) : .seconds(10)
        let text: String? = state.withLock { state in
            state.line.update(done: done(state.line), at: now)
            // Work that is over at once shows no line but its last.
            let due = (state.lastWritten ?? (console.errorIsTerminal ? .zero - interval : .zero)) + interval
            guard !state.isFinished, now >= due else { return nil }
            state.lastWritten = now
            return state.line.text(at: now)
        }
        guard let text, !console.isQuiet else { return }
        if console.errorIsTerminal {
            console.writeError("\r\u{1B}[K" + text.prefix(max(10, console.width - 1)))
        } else {
            console.writeError(text + "\n")
        }
    }
}
