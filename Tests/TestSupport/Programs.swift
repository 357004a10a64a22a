public import Foundation

/// Programs of the distribution that tests use where they are there.
public enum Programs {
    /// The path of a program; nil where it is not installed.
    public static func find(_ name: String) -> URL? {
        let folders =
            (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":") + ["/usr/bin", "/usr/sbin"]
        return folders.lazy.map { URL(filePath: "\($0)/\(name)") }.first {
            FileManager.default.isExecutableFile(atPath: $0.path)
        }
    }
}
