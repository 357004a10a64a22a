#if canImport(Glibc)
    import Glibc
#else
    import Musl
#endif

/// Whole files that are there completely or not at all, also after a power cut: written beside their name, synced,
/// renamed over it, and the folder synced.
public enum DurableFile {
    /// Creates or atomically replaces `path`.
    public static func write(
        _ bytes: UnsafeRawBufferPointer, to path: String, permissions: UInt32 = 0o644
    ) throws(FileError) {
        var writer = try DurableFileWriter(path, permissions: permissions)
        try writer.write(bytes)
        try writer.commit()
    }

    /// Creates or atomically replaces `path`.
    public static func write(_ bytes: [UInt8], to path: String, permissions: UInt32 = 0o644) throws(FileError) {
        var writer = try DurableFileWriter(path, permissions: permissions)
        try writer.write(bytes)
        try writer.commit()
    }

    /// Creates or atomically replaces `path` with a text's UTF-8 bytes.
    public static func write(_ text: String, to path: String, permissions: UInt32 = 0o644) throws(FileError) {
        try write(Array(text.utf8), to: path, permissions: permissions)
    }

    /// The bytes of a file that is believed to be small; `tooLarge` when it holds more than `limit` bytes.
    public static func read(_ path: String, limit: Int = 64 << 20) throws(FileError) -> [UInt8] {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw FileError(.cannotRead, path: path, errno: errno) }
        defer { close(file) }
        var bytes: [UInt8] = []
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
        defer { buffer.deallocate() }
        while true {
            let count = readBytes(file, buffer.baseAddress, buffer.count)
            if count == 0 { return bytes }
            if count < 0 {
                if errno == EINTR { continue }
                throw FileError(.cannotRead, path: path, errno: errno)
            }
            // The size is not asked for beforehand: it means nothing for a pipe or a file that still grows.
            guard bytes.count + count <= limit else {
                throw FileError(
                    .tooLarge, path: path, message: "\(path) holds more than the \(limit) bytes that are read of it")
            }
            bytes.append(contentsOf: UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        }
    }

    /// Renames within one file system and makes the new name durable, replacing a file of that name.
    public static func rename(_ path: String, to newPath: String) throws(FileError) {
        guard renameFile(path, newPath) == 0 else {
            throw FileError(.cannotWrite, path: newPath, errno: errno, action: "rename \(path) to")
        }
        try syncFolder(folder(of: newPath))
    }

    /// Removes a file; one that is not there is removed already.
    public static func remove(_ path: String) throws(FileError) {
        guard unlink(path) == 0 || errno == ENOENT else {
            throw FileError(.cannotWrite, path: path, errno: errno, action: "remove")
        }
    }

    /// Creates a folder and those above it, durably; one that is there already is fine.
    public static func createFolder(_ path: String, permissions: UInt32 = 0o755) throws(FileError) {
        var status = stat()
        if stat(path, &status) == 0 {
            guard status.st_mode & S_IFMT == S_IFDIR else {
                throw FileError(
                    .cannotWrite, path: path, message: "cannot create the folder \(path): a file has its name")
            }
            return
        }
        let parent = folder(of: path)
        if parent != path { try createFolder(parent, permissions: permissions) }
        guard mkdir(path, mode_t(permissions)) == 0 || errno == EEXIST else {
            throw FileError(.cannotWrite, path: path, errno: errno, action: "create the folder")
        }
        try syncFolder(parent)
    }

    /// Makes the names in a folder durable: new files, renames and removals.
    public static func syncFolder(_ path: String) throws(FileError) {
        let file = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard file >= 0 else { throw FileError(.cannotWrite, path: path, errno: errno, action: "open the folder") }
        defer { close(file) }
        // Some network file systems cannot sync folders and say EINVAL: their renames are durable, or nothing helps.
        guard fsync(file) == 0 || errno == EINVAL else {
            throw FileError(.cannotWrite, path: path, errno: errno, action: "sync the folder")
        }
    }

    /// The folder part of a path: `.` for a bare name, `/` for a name at the root.
    public static func folder(of path: String) -> String {
        var path = Substring(path)
        while path.count > 1, path.hasSuffix("/") { path = path.dropLast() }
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}
