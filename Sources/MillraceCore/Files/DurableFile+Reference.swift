extension DurableFile {
    /// The bytes of a file that a message or a manifest names, which are those that it means.
    ///
    /// - Parameters:
    ///   - folder: what the reference's path is below.
    ///   - limit: the most bytes that are read.
    /// - Throws: as `read`; `damaged` when the bytes are others. What to do about it is for the caller to add.
    public static func read(
        _ file: FileReference, below folder: String, limit: Int = 1 << 34
    ) throws(FileError) -> [UInt8] {
        let path = "\(folder)/\(file.path)"
        let bytes = try read(path, limit: limit)
        let found = Checksum(of: bytes).description
        guard bytes.count == file.bytes, found == file.sha256 else {
            throw FileError(
                .damaged, path: path,
                message: "\(path): expected \(file.bytes) bytes with SHA-256 \(file.sha256), found \(bytes.count) with "
                    + found)
        }
        return bytes
    }
}
