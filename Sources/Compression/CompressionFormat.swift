/// How the bytes of a file are packed.
public enum CompressionFormat: String, Sendable, CaseIterable {
    case plain, gzip, zstd

    /// By the first bytes of a file: its name is not asked, since names lie.
    public init(magic bytes: UnsafeRawBufferPointer) {
        if bytes.count >= 2, bytes[0] == 0x1F, bytes[1] == 0x8B {
            self = .gzip
        } else if bytes.count >= 4, bytes[1] == 0xB5, bytes[2] == 0x2F, bytes[3] == 0xFD, bytes[0] == 0x28 {
            self = .zstd
        } else if bytes.count >= 4, bytes[0] & 0xF0 == 0x50, bytes[1] == 0x2A, bytes[2] == 0x4D, bytes[3] == 0x18 {
            // A skippable frame, with which zstd files may begin.
            self = .zstd
        } else {
            self = .plain
        }
    }

    /// By the ending of a name, for files that are yet to be written.
    public init(ending path: String) {
        if path.hasSuffix(".gz") {
            self = .gzip
        } else if path.hasSuffix(".zst") || path.hasSuffix(".zstd") {
            self = .zstd
        } else {
            self = .plain
        }
    }
}
