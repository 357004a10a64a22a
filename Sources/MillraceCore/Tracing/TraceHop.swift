/// The way from one message to the next that it caused: a span, once the second is committed.
public struct TraceHop: Sendable, Equatable {
    public var context: TraceContext
    /// The span that caused this one; nil for the first of a trace.
    public var parentSpanID: String?
    public var begin: Timestamp

    public init(context: TraceContext, parentSpanID: String?, begin: Timestamp) {
        self.context = context
        self.parentSpanID = parentSpanID
        self.begin = begin
    }
}

/// What a message that was read leaves for those that it causes.
public struct TraceCause: Sendable, Equatable {
    public var context: TraceContext
    /// When it was read, or when the work that it set off began.
    public var begin: Timestamp

    public init(_ context: TraceContext, begin: Timestamp) {
        self.context = context
        self.begin = begin
    }

    /// Nil for a message without a (readable) trace.
    public init?(_ envelope: Envelope, begin: Timestamp) {
        guard let context = envelope.traceParent.flatMap({ TraceContext($0) }) else { return nil }
        self.init(context, begin: begin)
    }
}

extension OutgoingRecord {
    /// Puts a message into the trace of what caused it; without a cause it begins one.
    /// - Parameters:
    ///   - seed: names the trace that it then begins.
    ///   - sample: the share of such traces that are exported.
    public mutating func trace(after cause: TraceCause?, seed: String, sample: Double, now: Timestamp) {
        // A message that is sent again is the same span.
        let name = headers.first { $0.name == "ce_id" }?.value.map { String(decoding: $0, as: UTF8.self) } ?? seed
        let context = cause?.context.child(name) ?? .root(seed: seed, span: name, sample: sample)
        headers.removeAll { $0.name == "traceparent" }
        headers.append(.init("traceparent", context.description))
        hop = TraceHop(context: context, parentSpanID: cause?.context.spanID, begin: cause?.begin ?? now)
    }
}

extension Window {
    /// Names the trace in which all that is made of a window's events is found.
    public func traceSeed(pipeline: String) -> String { "\(pipeline)\n\(self)" }
}
