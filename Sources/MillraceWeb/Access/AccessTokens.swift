import Millrace

/// What a token allows.
public enum Permission: String, Sendable, CaseIterable {
    case read
    /// To ask for runs, promotions and rollbacks; it may read as well.
    case write
    /// To look at the bytes of dead letters; it may read as well.
    case payloads
}

/// Who may do what. Without a token for reading everybody may read; writing and payloads always need theirs.
public struct AccessTokens: Sendable {
    /// Hashes, so that a token is in no dump of this and lengths say nothing.
    private let hashes: [(permission: Permission, hash: [UInt8])]
    private let isReadOpen: Bool

    public init(_ tokens: [Permission: String]) {
        hashes = tokens.map { ($0.key, Checksum(of: $0.value).bytes) }
        isReadOpen = tokens[.read] == nil
    }

    public func isConfigured(_ permission: Permission) -> Bool { hashes.contains { $0.permission == permission } }

    /// What a request with this token, or none, may do; nil when the token is none of ours.
    func permissions(_ token: String?) -> Set<Permission>? {
        var granted: Set<Permission> = isReadOpen ? [.read] : []
        guard let token else { return granted }
        let hash = Checksum(of: token).bytes
        var isKnown = false
        // Every token is compared, whichever fits.
        for known in hashes where Self.isEqual(known.hash, hash) {
            isKnown = true
            granted.formUnion([known.permission, .read])
        }
        return isKnown ? granted : nil
    }

    /// In a time that does not depend on where two hashes differ.
    private static func isEqual(_ a: [UInt8], _ b: [UInt8]) -> Bool {
        var difference: UInt8 = 0
        for (a, b) in zip(a, b) { difference |= a ^ b }
        return difference == 0 && a.count == b.count
    }
}
