import Glibc

/// Memory that a simulated thread runs on, with a page before it that ends a program which needs more.
final class Stack {
    /// Used before, and free. One world lives at a time.
    nonisolated(unsafe) private static var free: [Stack] = []
    private static let page = 4096

    let base: UnsafeMutableRawPointer
    let bytes = 1 << 20

    private init() {
        guard
            let memory = mmap(
                nil, bytes + Self.page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0),
            memory != MAP_FAILED, mprotect(memory, Self.page, PROT_NONE) == 0
        else { preconditionFailure("no memory for a stack") }
        base = memory + Self.page
    }

    static func take() -> Stack { free.popLast() ?? Stack() }

    /// Nothing may run on it any more.
    func giveBack() { Self.free.append(self) }
}
