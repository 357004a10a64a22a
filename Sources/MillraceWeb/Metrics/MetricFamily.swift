/// A metric as it is declared: everything that is served, and the reference page, come from these.
public struct MetricFamily: Sendable, Equatable {
    public enum Kind: String, Sendable { case gauge, counter, histogram }

    /// With its base unit at the end, and `_total` for a counter.
    public var name: String
    public var kind: Kind
    public var labels: [String]
    /// A sentence without a full stop.
    public var help: String
    /// Upper bounds of a histogram's buckets.
    public var buckets: [Double] = []

    init(_ name: String, _ kind: Kind, _ labels: [String] = [], buckets: [Double] = [], _ help: String) {
        self.name = name
        self.kind = kind
        self.labels = labels
        self.buckets = buckets
        self.help = help
    }
}
