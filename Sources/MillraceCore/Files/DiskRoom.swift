#if canImport(Glibc)
    import Glibc
#else
    import Musl
#endif

/// How much room the disk of a folder has.
public struct DiskRoom: Sendable {
    /// For programs without privileges.
    public var freeBytes: UInt
    public var sizeBytes: UInt

    /// Nil for a folder that is not there.
    public init?(of folder: String) {
        var facts = statvfs()
        guard statvfs(folder, &facts) == 0 else { return nil }
        freeBytes = facts.f_bavail * facts.f_frsize
        sizeBytes = facts.f_blocks * facts.f_frsize
    }
}
