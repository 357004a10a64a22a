#if canImport(Glibc)
    import Glibc
#else
    import Musl
#endif

extension DurableFile {
    /// Writes a file that a crash may take away or leave half written: for what can be made again.
    package static func writeScratch(_ bytes: [UInt8], to path: String) throws(FileError) {
        let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw FileError(.cannotWrite, path: path, errno: errno) }
        defer { close(file) }
        var start = 0
        while start < bytes.count {
            let written = bytes[start...].withUnsafeBytes { writeBytes(file, $0.baseAddress, $0.count) }
            if written < 0 {
                if errno == EINTR { continue }
                throw FileError(.cannotWrite, path: path, errno: errno)
            }
            start += written
        }
    }
}
