public import MillraceCore

/// What the roles still have to do with what is on the topics now.
public struct WorkLeft: Sendable, Equatable, CustomStringConvertible {
    /// Messages that each role has not worked off.
    public var unread: [Role: Int64]
    /// Runs without a verdict, but for those that wait for a person.
    public var runs: Int
    /// What could not be looked at, and may hold more.
    public var unseen: [String]

    public init(unread: [Role: Int64], runs: Int, unseen: [String] = []) {
        self.unread = unread.filter { $0.value > 0 }
        self.runs = runs
        self.unseen = unseen
    }

    /// The groups have to be looked at before the runs: what a stage has worked off is then seen in what it wrote.
    public init(groups: [GroupObservation], unseen: [String], runs: [RunSummary]) {
        let unread = groups.compactMap { group in group.role.map { ($0, group.lag) } }
        self.init(
            unread: .init(unread, uniquingKeysWith: +), runs: runs.count { !$0.state.isOver }, unseen: unseen)
    }

    public var isNothing: Bool { unread.isEmpty && runs == 0 && unseen.isEmpty }

    public var description: String {
        guard !isNothing else { return "nothing left to do" }
        var parts = Role.allCases.compactMap { role in
            unread[role].map { "\($0) \($0 == 1 ? "message" : "messages") for \(role.rawValue)" }
        }
        if runs > 0 { parts.append("\(runs) \(runs == 1 ? "run" : "runs") under way") }
        return (parts + unseen).joined(separator: ", ")
    }
}
