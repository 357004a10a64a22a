import CCrypto
#if canImport(Glibc)
    import Glibc
#else
    import Musl
#endif

/// A SHA-256 digest (FIPS 180-4): the identity of files, configurations and feature sets. Its text is 64 lower-case
/// hexadecimal digits, in JSON too.
public struct Checksum: Hashable, Sendable, Comparable, Codable, CustomStringConvertible, LosslessStringConvertible {
    private let words: SIMD4<UInt64>

    fileprivate init(digest: UnsafePointer<UInt8>) {
        words = UnsafeRawPointer(digest).loadUnaligned(as: SIMD4<UInt64>.self)
    }

    /// From the 64 hexadecimal digits (of either case) of `description`; nil for anything else.
    public init?(_ text: String) {
        let digits = Array(text.utf8)
        guard digits.count == 64 else { return nil }
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: 64, by: 2) {
            guard let high = Self.value(ofDigit: digits[index]), let low = Self.value(ofDigit: digits[index + 1])
            else { return nil }
            bytes.append(high << 4 | low)
        }
        self.init(digest: bytes)
    }

    /// Of bytes in memory.
    public init(of bytes: some Sequence<UInt8>) {
        var hasher = ChecksumHasher()
        if bytes.withContiguousStorageIfAvailable({ hasher.update(UnsafeRawBufferPointer($0)) }) == nil {
            hasher.update(Array(bytes))
        }
        self = hasher.finish()
    }

    /// Of a text's UTF-8 bytes.
    public init(of text: String) {
        self.init(of: Array(text.utf8))
    }

    /// Of a file's bytes, read once from its beginning, a mebibyte at a time.
    public init(ofFile path: String) throws(FileError) {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw FileError(.cannotRead, path: path, errno: errno) }
        defer { close(file) }
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 16)
        defer { buffer.deallocate() }
        var hasher = ChecksumHasher()
        while true {
            let count = read(file, buffer.baseAddress, buffer.count)
            if count == 0 { break }
            if count < 0 {
                if errno == EINTR { continue }
                throw FileError(.cannotRead, path: path, errno: errno)
            }
            hasher.update(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        }
        self = hasher.finish()
    }

    /// The 32 bytes of the digest.
    public var bytes: [UInt8] { withUnsafeBytes(of: words) { Array($0) } }

    public var description: String { Self.hexadecimal(bytes) }

    /// The first digits of the text, for names that people read.
    public func prefix(_ digits: Int = 12) -> String { String(description.prefix(digits)) }

    public static func < (a: Checksum, b: Checksum) -> Bool { a.bytes.lexicographicallyPrecedes(b.bytes) }

    public init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let parsed = Checksum(text) else {
            throw DecodingError.dataCorrupted(
                .init(
                    codingPath: decoder.codingPath,
                    debugDescription: "expected 64 hexadecimal digits (SHA-256), found '\(text)'"))
        }
        self = parsed
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }

    /// HMAC-SHA-256 (RFC 2104) of bytes under a key: equal for equal values, and meaningless without the key.
    public static func keyed(_ key: some Collection<UInt8>, of bytes: some Collection<UInt8>) -> Checksum {
        let key = Array(key)
        let message = Array(bytes)
        let digest = [UInt8](unsafeUninitializedCapacity: 32) { buffer, count in
            var length: UInt32 = 0
            // A nil key would make OpenSSL reuse a former one; an empty array's address is not nil.
            HMAC(EVP_sha256(), key, Int32(key.count), message, message.count, buffer.baseAddress, &length)
            count = Int(length)
        }
        precondition(digest.count == 32, "libcrypto gave no HMAC-SHA-256")
        return Checksum(digest: digest)
    }

    /// Lower-case hexadecimal digits of any bytes.
    public static func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        for byte in bytes {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }

    private static func value(ofDigit digit: UInt8) -> UInt8? {
        switch digit {
        case 48...57: digit - 48
        case 97...102: digit - 87
        case 65...70: digit - 55
        default: nil
        }
    }
}

/// Takes bytes as they come and ends in a `Checksum`.
public struct ChecksumHasher: ~Copyable {
    private let context: OpaquePointer

    public init() {
        guard let context = EVP_MD_CTX_new(), EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1 else {
            fatalError("libcrypto cannot compute SHA-256 (out of memory, or forbidden by its policy)")
        }
        self.context = context
    }

    deinit { EVP_MD_CTX_free(context) }

    public mutating func update(_ bytes: UnsafeRawBufferPointer) {
        guard let base = bytes.baseAddress else { return }
        EVP_DigestUpdate(context, base, bytes.count)
    }

    public mutating func update(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { update($0) }
    }

    public mutating func update(_ text: String) {
        var text = text
        text.withUTF8 { update(UnsafeRawBufferPointer($0)) }
    }

    /// The checksum of all bytes so far, after which more can follow.
    public func checksum() -> Checksum {
        // Finishing spends a context, so a copy is finished.
        guard let copy = EVP_MD_CTX_new(), EVP_MD_CTX_copy_ex(copy, context) == 1 else {
            fatalError("libcrypto cannot copy a SHA-256 context (out of memory)")
        }
        defer { EVP_MD_CTX_free(copy) }
        let digest = [UInt8](unsafeUninitializedCapacity: 32) { buffer, count in
            EVP_DigestFinal_ex(copy, buffer.baseAddress, nil)
            count = 32
        }
        return Checksum(digest: digest)
    }

    /// The checksum of all bytes.
    public consuming func finish() -> Checksum { checksum() }
}
