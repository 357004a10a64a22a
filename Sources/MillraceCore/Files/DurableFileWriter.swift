#if canImport(Glibc)
    import Glibc
#else
    import Musl
#endif

/// A file that is written piece by piece beside its name and takes the name when it is complete. One that is dropped
/// before `commit` leaves nothing behind.
public struct DurableFileWriter: ~Copyable {
    /// Where the file will be.
    public let path: String
    /// Where its bytes are until then. After a crash such a file, ending in `.partial`, can be deleted.
    public let temporaryPath: String
    /// Bytes written so far.
    public private(set) var count = 0

    private var file: Int32
    private var hasher: ChecksumHasher

    public init(_ path: String, permissions: UInt32 = 0o644) throws(FileError) {
        self.path = path
        let name = path.split(separator: "/").last.map(String.init) ?? ""
        let unique = String(UInt64.random(in: .min ... .max), radix: 36)
        temporaryPath = "\(DurableFile.folder(of: path))/.\(name).\(unique).partial"
        hasher = ChecksumHasher()
        file = open(temporaryPath, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode_t(permissions))
        guard file >= 0 else { throw FileError(.cannotWrite, path: path, errno: errno) }
    }

    deinit {
        if file >= 0 {
            close(file)
            unlink(temporaryPath)
        }
    }

    public mutating func write(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
        var rest = bytes
        while !rest.isEmpty {
            let written = writeBytes(file, rest.baseAddress, rest.count)
            if written < 0 {
                if errno == EINTR { continue }
                throw FileError(.cannotWrite, path: path, errno: errno)
            }
            rest = UnsafeRawBufferPointer(rebasing: rest[written...])
        }
        hasher.update(bytes)
        count += bytes.count
    }

    public mutating func write(_ bytes: [UInt8]) throws(FileError) {
        // Array's withUnsafeBytes rethrows untyped.
        let failure = bytes.withUnsafeBytes { bytes -> FileError? in
            do throws(FileError) { try write(bytes) } catch { return error }
            return nil
        }
        if let failure { throw failure }
    }

    public mutating func write(_ text: String) throws(FileError) {
        try write(Array(text.utf8))
    }

    /// Syncs the bytes, gives the file its name (replacing what had it) and syncs the folder.
    /// - Returns: the checksum of what was written.
    @discardableResult
    public consuming func commit() throws(FileError) -> Checksum {
        let path = path
        return try commit { _ in path }
    }

    /// As `commit`, under a name that depends on the content: `name` is given the checksum and returns a path in the
    /// same file system.
    @discardableResult
    public consuming func commit(as name: (Checksum) -> String) throws(FileError) -> Checksum {
        guard fsync(file) == 0 else { throw FileError(.cannotWrite, path: path, errno: errno, action: "sync") }
        let checksum = hasher.checksum()
        let finalPath = name(checksum)
        guard rename(temporaryPath, finalPath) == 0 else {
            throw FileError(.cannotWrite, path: finalPath, errno: errno, action: "rename \(temporaryPath) to")
        }
        // From here on there is nothing to clean up under the temporary name.
        let descriptor = file
        file = -1
        guard close(descriptor) == 0 else { throw FileError(.cannotWrite, path: finalPath, errno: errno) }
        try DurableFile.syncFolder(DurableFile.folder(of: finalPath))
        return checksum
    }
}
