import Foundation
import HTTPClient
import Millrace
import Synchronization

/// Sends spans to an OTLP collector from a thread of its own. Whoever makes a span never waits: when the collector is
/// slow or gone, a bounded number of spans wait for it, and the rest are dropped and counted.
final class Tracer: Sendable {
    private struct State {
        var spans: [Span] = []
        var dropped = 0
        var isStopping = false
    }

    static let capacity = 4096
    private static let batch = 512
    private static let interval = 2.0

    private let url: String
    private let headers: [(name: String, value: String)]
    private let resource: [(name: String, value: String)]
    private let log: Log
    private let state = Mutex(State())
    private let wake = DispatchSemaphore(value: 0)
    private let isDone = DispatchSemaphore(value: 0)

    /// Nil when neither the pipeline nor the environment names a collector. What the environment names need not be an
    /// address: that is said, and keeps no worker from its work.
    init?(
        pipeline: Pipeline, instance: String, version: String, log: Log,
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) {
        let given = pipeline.tracing.endpoint ?? environment["OTEL_EXPORTER_OTLP_ENDPOINT"]
        guard let endpoint = given, !endpoint.isEmpty else { return nil }
        guard TracingSettings.isWebAddress(endpoint) else {
            // The value is not quoted: it may hold a password.
            log.error(
                "tracing", "no spans are sent: OTEL_EXPORTER_OTLP_ENDPOINT is no address",
                ["expected": "an address such as http://localhost:4318, without blanks"])
            return nil
        }
        url = (endpoint.hasSuffix("/") ? String(endpoint.dropLast()) : endpoint) + "/v1/traces"
        headers =
            [("Content-Type", "application/json")]
            + pipeline.tracing.headers.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        resource = [
            ("service.name", "millrace"), ("service.namespace", pipeline.name), ("service.instance.id", instance),
            ("service.version", version),
        ]
        self.log = log
        let thread = Thread { [self] in
            run()
            isDone.signal()
        }
        thread.name = "tracing"
        thread.start()
    }

    /// Spans that will never be sent, since the start.
    var dropped: Int { state.withLock { $0.dropped } }

    /// Takes the spans of messages that are committed.
    func committed(_ records: [OutgoingRecord], offsets: [Int64] = []) {
        guard records.contains(where: { $0.hop != nil }) else { return }
        let now = Timestamp.now
        let spans = records.indices.compactMap { index in
            Span(records[index], offset: index < offsets.count ? offsets[index] : nil, end: now)
        }
        state.withLock { state in
            let room = Self.capacity - state.spans.count
            state.spans += spans.prefix(max(0, room))
            state.dropped += max(0, spans.count - room)
        }
    }

    /// Sends what is left, for a second at most.
    func close() {
        state.withLock { $0.isStopping = true }
        wake.signal()
        _ = isDone.wait(timeout: .now() + 1)
    }

    private func run() {
        var client: HTTPClient?
        var isInTrouble = false
        var isStopping = false
        while !isStopping {
            _ = wake.wait(timeout: .now() + Self.interval)
            isStopping = state.withLock { $0.isStopping }
            while let spans = next() {
                let trouble = send(spans, &client, within: isStopping ? .milliseconds(900) : .seconds(10))
                // Once, not every two seconds.
                if let trouble, !isInTrouble {
                    log.warning("tracing", "the collector takes no spans", ["reason": trouble.reason])
                } else if trouble == nil, isInTrouble {
                    log.info("tracing", "the collector takes spans again", ["dropped": dropped])
                }
                isInTrouble = trouble != nil
                guard let trouble else { continue }
                state.withLock { state in
                    let room = trouble.isRetriable && !isStopping ? Self.capacity - state.spans.count : 0
                    state.spans = spans.suffix(max(0, room)) + state.spans
                    state.dropped += max(0, spans.count - max(0, room))
                }
                break
            }
        }
        let left = state.withLock { state in
            state.dropped += state.spans.count
            state.spans = []
            return state.dropped
        }
        if left > 0 { log.warning("tracing", "spans were dropped", ["dropped": left]) }
    }

    private func next() -> [Span]? {
        state.withLock { state in
            guard !state.spans.isEmpty else { return nil }
            let part = Array(state.spans.prefix(Self.batch))
            state.spans.removeFirst(part.count)
            return part
        }
    }

    /// - Returns: what went wrong, and whether the same may go right later.
    private func send(
        _ spans: [Span], _ client: inout HTTPClient?, within timeout: Duration
    ) -> (reason: String, isRetriable: Bool)? {
        do {
            let body = try Span.request(spans, resource: resource)
            let current = try client ?? HTTPClient()
            client = current
            let reply = try current.post(url, headers: headers, body: body, timeout: timeout)
            return reply.isSuccess ? nil : ("status \(reply.status)", reply.isRetriable)
        } catch let error as HTTPClientError {
            return ("\(error)", error.code == .unreachable || error.code == .timeout)
        } catch {
            return ("\(error)", false)
        }
    }
}
