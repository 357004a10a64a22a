import MillraceCore

/// What we say of a lag: Burrow's question, answered without its false alarms, with a reason people can check.
public struct LagVerdict: Sendable, Codable, Equatable {
    public enum Code: String, Sendable, Codable, CaseIterable {
        /// Nothing is unread, or what is unread is on its way.
        case ok
        /// Behind, and the lag falls.
        case catchingUp = "catching-up"
        /// Too little has been seen to say more.
        case watching
        /// Behind, and the lag has not fallen for as long as has been watched.
        case growing
        /// The group has never committed, and data wait for it.
        case neverCommitted = "never-committed"
        /// It went back to an earlier offset and has not returned yet.
        case rewound
        /// A member has the partition, data wait, and the offset does not move.
        case stalled
        /// Nobody reads the partition, and data wait.
        case stopped
        /// Data were removed by retention before they were read.
        case lost
    }

    public enum Severity: String, Sendable, Codable {
        case ok, warning, error
    }

    public var code: Code
    public var severity: Severity
    /// A sentence without a full stop.
    public var reason: String

    public init(_ code: Code, _ reason: String) {
        self.code = code
        self.reason = reason
        severity =
            switch code {
            case .ok, .catchingUp, .watching: .ok
            case .growing, .neverCommitted, .rewound: .warning
            case .stalled, .stopped, .lost: .error
            }
    }

    /// The order of the codes is that of their gravity.
    var severityOrder: Int { Code.allCases.firstIndex(of: code)! }
}
