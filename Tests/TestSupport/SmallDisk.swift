import Foundation

/// A file system of a few megabytes, mounted at a folder of its own. Only root may mount one, and not everywhere: tests
/// that need it are enabled by `isPossible`.
public final class SmallDisk: Sendable {
    public static let isPossible = getuid() == 0 && (try? SmallDisk(megabytes: 1)) != nil

    public let path: String

    public init(megabytes: Int) throws {
        path = FileManager.default.temporaryDirectory.appending(path: "millrace-disk-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        guard mount("tmpfs", path, "tmpfs", 0, "size=\(megabytes)m") == 0 else {
            rmdir(path)
            throw POSIXError(.EPERM)
        }
    }

    deinit {
        umount2(path, 2)  // MNT_DETACH
        rmdir(path)
    }

    private var ballast: String { "\(path)/ballast" }

    /// - Parameter share: of the disk that is left free.
    public func fill(leaving share: Double = 0) {
        let file = open(ballast, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        defer { close(file) }
        let block = [UInt8](repeating: 1, count: 4096)
        while freeShare > share, write(file, block, block.count) > 0 {}
    }

    public func empty() { unlink(ballast) }

    private var freeShare: Double {
        var facts = statvfs()
        guard statvfs(path, &facts) == 0, facts.f_blocks > 0 else { return 0 }
        return Double(facts.f_bavail) / Double(facts.f_blocks)
    }
}
