/// A place in a distributed trace: what the W3C header `traceparent` says.
public struct TraceContext: Sendable, Hashable, CustomStringConvertible {
    /// 32 hexadecimal digits, not all 0.
    public var traceID: String
    /// 16 hexadecimal digits, not all 0.
    public var spanID: String
    /// Whether spans of this trace are exported.
    public var isSampled: Bool

    /// Reads `traceparent` (version 00, or what a later one begins with); nil for anything else.
    public init?(_ text: String) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count >= 4, parts[0].utf8.count == 2, Self.isHex(parts[0]), parts[0] != "ff",
            parts[0] != "00" || parts.count == 4, parts[1].utf8.count == 32, Self.isHex(parts[1]),
            parts[2].utf8.count == 16, Self.isHex(parts[2]), parts[3].utf8.count == 2, Self.isHex(parts[3]),
            parts[1].contains(where: { $0 != "0" }), parts[2].contains(where: { $0 != "0" })
        else { return nil }
        traceID = String(parts[1])
        spanID = String(parts[2])
        isSampled = UInt8(parts[3], radix: 16)! & 1 == 1
    }

    private init(traceID: String, spanID: String, isSampled: Bool) {
        (self.traceID, self.spanID, self.isSampled) = (traceID, spanID, isSampled)
    }

    /// The context of something that nobody else has begun: the same for the same seed, so that several processes that
    /// work on it, and one that does it again, meet in one trace.
    /// - Parameter sample: the share of traces that are exported.
    public static func root(seed: String, span: String, sample: Double) -> TraceContext {
        let traceID = Checksum(of: "trace\n" + seed).prefix(32)
        let draw = Double(UInt64(traceID.suffix(16), radix: 16) ?? 0) / Double(UInt64.max)
        return TraceContext(traceID: traceID, spanID: "", isSampled: draw < sample || sample >= 1).child(span)
    }

    /// A span of this trace, the same for the same name.
    public func child(_ name: String) -> TraceContext {
        TraceContext(
            traceID: traceID, spanID: Checksum(of: "span\n\(traceID)\n\(name)").prefix(16), isSampled: isSampled)
    }

    /// The header's text.
    public var description: String { "00-\(traceID)-\(spanID)-\(isSampled ? "01" : "00")" }

    private static func isHex(_ text: Substring) -> Bool {
        text.utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
    }
}
