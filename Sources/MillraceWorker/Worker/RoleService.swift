import Foundation
import Millrace

/// What the worker runs for a role: blocks in `run` until the stop signal it was made with is set.
protocol RoleService: AnyObject {
    var health: RoleHealth { get }
    func run()
}

extension ControlLoop: RoleService {}

/// A service on its thread.
final class RunningService {
    let role: Role
    private let isDone = DispatchSemaphore(value: 0)

    init(_ service: any RoleService) {
        role = service.health.current.role
        // The thread is the service's only user from here on.
        nonisolated(unsafe) let service = service
        let isDone = isDone
        let thread = Thread {
            service.run()
            isDone.signal()
        }
        thread.name = role.rawValue
        thread.stackSize = 8 << 20
        thread.start()
    }

    /// - Returns: whether the service ended in time.
    func wait(until deadline: ContinuousClock.Instant) -> Bool {
        let remaining = max(.zero, deadline - .now)
        return isDone.wait(timeout: .now() + .microseconds(Int(remaining.microseconds))) == .success
    }
}
