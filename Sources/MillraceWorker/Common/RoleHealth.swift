public import Millrace
import Synchronization

/// What one role is doing, for the log and for `status`. Written by the role's thread, read by any.
public final class RoleHealth: Sendable {
    public struct State: Sendable, Codable, Equatable {
        public enum Condition: String, Sendable, Codable { case waiting, idle, working, failing }
        public var role: Role
        public var condition: Condition = .waiting
        /// What it waits for, works on, or failed with.
        public var detail = ""
        public var received = 0
        /// Messages of types it does not know.
        public var ignored = 0
        public var failures = 0
    }

    private let state: Mutex<State>
    /// What cannot be done, though the role goes on.
    private let trouble = Mutex<String?>(nil)

    public init(role: Role) { state = Mutex(State(role: role)) }

    /// With a trouble the role counts as failing, whatever else it does meanwhile.
    public var current: State {
        var state = state.withLock { $0 }
        if let trouble = trouble.withLock({ $0 }), state.condition != .failing {
            state.condition = .failing
            state.detail = trouble
        }
        return state
    }

    func trouble(_ text: String?) {
        let isNew = trouble.withLock { trouble in
            defer { trouble = text }
            return text != nil && text != trouble
        }
        if isNew { state.withLock { $0.failures += 1 } }
    }

    func waiting(_ detail: String) { set(.waiting, detail) }
    func idle() { set(.idle, "") }
    func working(_ detail: String) { set(.working, detail) }
    func failed(_ detail: String) {
        state.withLock { $0.failures += 1 }
        set(.failing, detail)
    }
    func received() { state.withLock { $0.received += 1 } }
    func ignored() { state.withLock { $0.ignored += 1 } }

    private func set(_ condition: State.Condition, _ detail: String) {
        state.withLock { state in
            state.condition = condition
            state.detail = detail
        }
    }
}
