/// A request's target, taken apart and decoded once (RFC 3986): what routes see has no `%`, no `..` and no NUL that could
/// mean something else later.
public struct HTTPTarget: Sendable, Equatable {
    /// `/api/v1/runs` is `api`, `v1`, `runs`; `/` has none.
    public var path: [String]
    public var query: [(name: String, value: String)]

    public static func == (a: HTTPTarget, b: HTTPTarget) -> Bool {
        a.path == b.path && a.query.elementsEqual(b.query) { $0 == $1 }
    }

    /// - Parameter text: in origin form, `/path?query`.
    /// - Returns: nil for anything else: another form, bad escapes, dot segments, empty segments but for the last,
    ///   separators or control characters that were escaped, bytes that are no UTF-8.
    public init?(_ text: String) {
        guard text.utf8.first == UInt8(ascii: "/") else { return nil }
        let parts = text.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        var path: [String] = []
        let segments = parts[0].dropFirst().split(separator: "/", omittingEmptySubsequences: false)
        for (index, segment) in segments.enumerated() {
            // A slash at the end says nothing.
            if segment.isEmpty, index == segments.count - 1 { continue }
            guard let decoded = Self.decoded(segment), !decoded.isEmpty, decoded != ".", decoded != "..",
                !decoded.utf8.contains(where: { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "\\") })
            else { return nil }
            path.append(decoded)
        }
        self.path = path
        query = []
        guard parts.count == 2 else { return }
        for pair in parts[1].split(separator: "&") {
            let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = Self.decoded(sides[0], plusIsSpace: true),
                let value = sides.count == 2 ? Self.decoded(sides[1], plusIsSpace: true) : ""
            else { return nil }
            query.append((name, value))
        }
    }

    private static func decoded(_ text: Substring, plusIsSpace: Bool = false) -> String? {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            var decoded = byte
            if byte == UInt8(ascii: "%") {
                guard let high = rest.popFirst().flatMap(digit), let low = rest.popFirst().flatMap(digit) else {
                    return nil
                }
                decoded = high << 4 | low
            } else if byte == UInt8(ascii: "+"), plusIsSpace {
                decoded = UInt8(ascii: " ")
            }
            guard decoded >= 32, decoded != 127 else { return nil }
            bytes.append(decoded)
        }
        return String(validating: bytes, as: UTF8.self)
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 48...57: byte - 48
        case 65...70: byte - 55
        case 97...102: byte - 87
        default: nil
        }
    }
}
