import Foundation
import HTTPServer
import Kafka
import Millrace
import Synchronization
import TestSupport
import Testing

@testable import MillraceWorker

/// Spans as a receiver sees them that reads with OTLP's official definitions.
@Suite(.serialized) struct TraceExportTests {
    // Needs PyPI's opentelemetry-proto: the definitions that every collector is built on.
    @Test(
        .enabled(
            if: Python.has("opentelemetry.proto.collector.trace.v1.trace_service_pb2"),
            "needs python3 with opentelemetry-proto"))
    func `A request's trace goes through every message to the release`() throws {
        let receiver = try SpanReceiver()
        defer { receiver.stop() }
        let broker = try EmbeddedCluster()
        defer { broker.close() }
        for arrow in Arrow.allCases { try broker.createTopic(arrow.topic(of: "traced"), partitions: 1) }
        let bench = try LearningBench(name: "traced", brokers: "embedded", address: broker.brokers) { pipeline in
            pipeline.triggers = []
        }
        var pipeline = bench.pipeline
        pipeline.tracing.endpoint = receiver.address
        pipeline.tracing.headers = ["Authorization": "Bearer abc"]
        let tracer = try #require(
            Tracer(pipeline: pipeline, instance: "i", version: "1", log: Log(level: .error), environment: [:]))
        bench.cluster.tracer = tracer
        try bench.announce(days: 0..<30)
        let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
        try bench.send([
            MessageCodec.encode(
                RetrainRequested(reason: "new", requester: "risk"),
                envelope: Envelope(id: "r-1", type: RetrainRequested.type, source: "/risk", traceParent: parent),
                pipeline: "traced", to: .retrain)
        ])
        #expect(try bench.run { try bench.releases().count == 1 })
        tracer.close()
        #expect(tracer.dropped == 0)

        let messages = try bench.read(.models) + bench.read(.releases) + bench.read(.aliases)
        #expect(Set(messages.map(\.envelope.type)).isSuperset(of: [RunProgress.type, ModelPublished.type]))
        #expect(messages.allSatisfy { $0.envelope.traceParent?.hasPrefix(parent.prefix(35)) == true })

        let spans = try receiver.spans()
        let names = spans.map { $0["name"] as? String ?? "" }
        #expect(Set(names).isSuperset(of: ["run.started", "model.trained", "model.published", "alias.moved"]))
        #expect(spans.allSatisfy { $0["trace"] as? String == "4bf92f3577b34da6a3ce929d0e0e4736" })
        #expect(spans.allSatisfy { $0["namespace"] as? String == "traced" && $0["token"] as? String == "Bearer abc" })
        #expect(spans.allSatisfy { ($0["start"] as? Int ?? .max) <= ($0["end"] as? Int ?? 0) })
        func span(_ name: String) -> [String: Any] { spans.first { $0["name"] as? String == name } ?? [:] }
        // Each is the child of the one before, and the first of the request's.
        #expect(span("run.started")["parent"] as? String == "00f067aa0ba902b7")
        #expect(span("model.trained")["parent"] as? String == span("run.started")["span"] as? String)
        #expect(span("model.published")["parent"] as? String == span("model.trained")["span"] as? String)
        let released = try #require(messages.first { $0.isA(ModelPublished.self) }?.envelope)
        #expect(span("model.published")["id"] as? String == released.id)
    }

    @Test(
        .enabled(
            if: Python.has("opentelemetry.proto.collector.trace.v1.trace_service_pb2"),
            "needs python3 with opentelemetry-proto"), .timeLimit(.minutes(3)))
    func `What is made of a window is one trace, from its seals to the run that it sets off`() throws {
        let receiver = try SpanReceiver()
        defer { receiver.stop() }
        let broker = try EmbeddedCluster()
        defer { broker.close() }
        var harness = try IngestHarness(embedded: broker, name: "windows", partitions: 2)
        defer { harness.removeFolder() }
        harness.pipeline.kafka.brokers = broker.brokers
        harness.pipeline.kafka.transactions = .never
        harness.pipeline.features = [FeatureDeclaration(name: "amount", kind: .column("amount"))]
        harness.pipeline.triggers = [.every(.seconds(3600), from: IngestHarness.base + .seconds(3600))]
        harness.pipeline.tracing.endpoint = receiver.address
        try harness.produce(
            harness.pipeline.events.topics[0],
            (0..<480).map { (Int32($0 % 2), IngestHarness.event($0, seconds: Double($0) * 60)) })
        let (pipeline, stop, isDone) = (harness.pipeline, StopSignal(), DispatchSemaphore(value: 0))
        let worker = Thread {
            try? Worker(pipeline: pipeline, log: Log(level: .error)).run(until: stop)
            isDone.signal()
        }
        worker.start()
        let end = ContinuousClock.now + .seconds(90)
        var spans: [[String: Any]] = []
        func named(_ name: String) -> [[String: Any]] { spans.filter { $0["name"] as? String == name } }
        while named("dataset.ready").count < 6 || named("run.refused").isEmpty, ContinuousClock.now < end {
            Thread.sleep(forTimeInterval: 0.3)
            spans = try receiver.spans()
        }
        stop.set()
        #expect(isDone.wait(timeout: .now() + 20) == .success)

        #expect(named("dataset.ready").count >= 6)
        let seals = Set(named("slice.sealed").map { "\($0["trace"] ?? "") \($0["span"] ?? "")" })
        for dataset in named("dataset.ready") {
            #expect(seals.contains("\(dataset["trace"] ?? "") \(dataset["parent"] ?? "")"))
        }
        #expect(Set(named("dataset.ready").map { $0["trace"] as? String }).count == named("dataset.ready").count)
        let run = try #require(named("run.refused").first)
        let cause = named("dataset.ready").first { $0["span"] as? String == run["parent"] as? String }
        #expect(cause != nil && cause?["trace"] as? String == run["trace"] as? String)
    }

    @Test func `A collector that is gone holds nobody up, and what is dropped is counted`() throws {
        var pipeline = try PipelineFile.parse(PipelineTemplate.text()).pipeline
        pipeline.tracing.endpoint = "http://127.0.0.1:\(try FreePorts.find(1)[0])"
        let tracer = try #require(
            Tracer(pipeline: pipeline, instance: "i", version: "1", log: Log(level: .error, write: { _ in })))
        var record = OutgoingRecord(topic: "t", key: nil, value: nil)
        record.trace(after: nil, seed: "s", sample: 1, now: .now)
        let begin = ContinuousClock.now
        for _ in 0..<100 { tracer.committed(Array(repeating: record, count: 200)) }
        #expect(begin.duration(to: .now) < .seconds(1))
        #expect(tracer.dropped >= 20_000 - 2 * Tracer.capacity)
        let closing = ContinuousClock.now
        tracer.close()
        #expect(closing.duration(to: .now) < .seconds(3))
        #expect(
            Tracer(
                pipeline: try PipelineFile.parse(PipelineTemplate.text()).pipeline, instance: "i", version: "1",
                log: Log(), environment: [:]) == nil)
    }

    @Test func `A variable that names no address is said, unquoted, and nothing is exported`() throws {
        let pipeline = try PipelineFile.parse(PipelineTemplate.text()).pipeline
        for value in ["localhost:4317", "http://user:secret@collector one:4318", "ftp://secret"] {
            let lines = Mutex<[String]>([])
            let tracer = Tracer(
                pipeline: pipeline, instance: "i", version: "1",
                log: Log { line in lines.withLock { $0.append(line) } },
                environment: ["OTEL_EXPORTER_OTLP_ENDPOINT": value])
            #expect(tracer == nil)
            let said = lines.withLock { $0.joined() }
            #expect(said.contains("OTEL_EXPORTER_OTLP_ENDPOINT") && said.contains("http://localhost:4318"))
            #expect(!said.contains("secret"))
        }
    }

    @Test func `A collector that is away for a while gets what waited for it`() throws {
        let answers = Mutex((asked: 0, taken: 0))
        var settings = HTTPServerSettings()
        settings.bodyBytes = 1 << 20
        let server = try HTTPServer.start(settings) { request in
            let spans = String(decoding: request.body, as: UTF8.self).split(separator: "\"spanId\"").count - 1
            return answers.withLock { answers in
                answers.asked += 1
                guard answers.asked > 1 else { return HTTPResponse(status: 503) }
                answers.taken += spans
                return HTTPResponse(status: 200, type: "application/json", "{}")
            }
        }
        defer { server.stop() }
        var pipeline = try PipelineFile.parse(PipelineTemplate.text()).pipeline
        pipeline.tracing.endpoint = "http://127.0.0.1:\(server.port)/"
        let tracer = try #require(
            Tracer(pipeline: pipeline, instance: "i", version: "1", log: Log(level: .error, write: { _ in })))
        var record = OutgoingRecord(topic: "t", key: nil, value: nil)
        record.trace(after: nil, seed: "s", sample: 1, now: .now)
        tracer.committed(Array(repeating: record, count: 700))
        let end = ContinuousClock.now + .seconds(60)
        while answers.withLock({ $0.taken }) < 700, ContinuousClock.now < end { Thread.sleep(forTimeInterval: 0.1) }
        tracer.close()
        #expect(answers.withLock { $0.taken } == 700)
        #expect(tracer.dropped == 0)
    }
}
