import Dispatch
import Foundation
import Millrace
import World

// What stands in for threads, clocks, chance and Foundation's files in this module.

typealias ContinuousClock = Millrace.ContinuousClock

func + (left: ContinuousClock.Instant, right: Duration) -> ContinuousClock.Instant { left.advanced(by: right) }
func - (left: ContinuousClock.Instant, right: Duration) -> ContinuousClock.Instant {
    left.advanced(by: .zero - right)
}

final class Thread {
    var name: String?
    var stackSize = 0
    private let body: () -> Void

    init(_ body: @escaping () -> Void) { self.body = body }

    func start() { World.current.start(name ?? "thread", body) }

    static func sleep(forTimeInterval seconds: Double) { World.current.sleep(Int64(seconds * 1e9)) }
}

/// A moment up to which is waited.
struct Deadline {
    enum Span { case microseconds(Int), milliseconds(Int), seconds(Int) }

    var nanoseconds: Int64
    static func now() -> Deadline { Deadline(nanoseconds: World.current.now) }
    static func + (left: Deadline, right: Span) -> Deadline {
        let span: Int64 =
            switch right {
            case .microseconds(let count): Int64(clamping: count) &* 1000
            case .milliseconds(let count): Int64(count) * 1_000_000
            case .seconds(let count): Int64(count) * 1_000_000_000
            }
        return Deadline(nanoseconds: left.nanoseconds + span)
    }
}

final class DispatchSemaphore: Sendable {
    private let signals: Signal

    init(value: Int) { signals = Signal(value) }

    func signal() { signals.signal() }
    func wait() { signals.wait() }
    func wait(timeout: Deadline) -> DispatchTimeoutResult {
        signals.wait(until: timeout.nanoseconds) ? .success : .timedOut
    }
}

extension Int {
    static func random(in range: ClosedRange<Int>) -> Int {
        Int(World.current.dice.within(Int64(range.lowerBound)...Int64(range.upperBound)))
    }
}

// MARK: Files

private var disk: Disk { World.current.disk }

struct FileManager: Sendable {
    static let `default` = FileManager()

    func removeItem(atPath path: String) throws {
        guard disk.removeTree(path) else { throw CocoaError(.fileNoSuchFile) }
    }
    func fileExists(atPath path: String) -> Bool { disk.isFolder(path) != nil }
    func contentsOfDirectory(atPath path: String) throws -> [String] {
        guard let names = disk.contents(ofFolder: path) else { throw CocoaError(.fileReadNoSuchFile) }
        return names
    }
    func createDirectory(atPath path: String, withIntermediateDirectories: Bool) throws { disk.createTree(path) }
}

func open(_ path: String, _ flags: Int32, _ mode: mode_t) -> Int32 { disk.open(path, flags) }
@discardableResult func close(_ file: Int32) -> Int32 { disk.close(file) }
func flock(_ file: Int32, _ operation: Int32) -> Int32 { disk.lock(file) ? 0 : -1 }
