/// Where spans go.
public struct TracingSettings: Sendable, Equatable {
    /// The OTLP/HTTP collector's address, without `/v1/traces`; nil: what OTEL_EXPORTER_OTLP_ENDPOINT says, or nowhere.
    public var endpoint: String?
    public var headers: [String: String] = [:]
    /// The share of traces begun here that are exported. What others began follows their decision.
    public var sample: Double = 1
    public init() {}

    /// Whether a text can be an endpoint, or any other address that is posted to.
    public static func isWebAddress(_ text: String) -> Bool {
        (text.hasPrefix("http://") || text.hasPrefix("https://")) && !text.contains { $0.isWhitespace }
    }
}
