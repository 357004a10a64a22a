import Millrace

/// When each event is to be sent: a value, told the time, so that tests need no clock.
struct Pace: Equatable {
    enum Mode: Equatable {
        /// As fast as it goes.
        case unlimited
        /// Events a second.
        case rate(Double)
        /// So many seconds of event time a second.
        case speed(Double)
    }

    let mode: Mode
    private var sent = 0
    private var first: Timestamp?

    init(_ mode: Mode) { self.mode = mode }

    /// Counts an event and says how long after the beginning it is due; nil when it need not wait.
    mutating func due(_ time: Timestamp) -> Duration? {
        defer { sent += 1 }
        switch mode {
        case .unlimited: return nil
        case .rate(let rate): return .seconds(Double(sent) / rate)
        case .speed(let factor):
            let start = first ?? time
            first = start
            return .seconds(Double((time - start).microseconds) / 1e6 / factor)
        }
    }
}
