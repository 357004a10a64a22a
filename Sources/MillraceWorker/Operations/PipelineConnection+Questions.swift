import Foundation
import Kafka
public import Millrace

extension PipelineConnection {
    /// What the control topics say now.
    public func view(
        _ arrows: [Arrow] = [.slices, .datasets, .models, .releases]
    ) throws -> (view: PipelineView, reader: ControlReader) {
        let reader = ControlReader(self)
        var view = PipelineView()
        try reader.readAll(arrows) { view.fold($0) }
        return (view, reader)
    }

    /// How far each role is behind in what it reads, from one look: rates and trends need a second one.
    /// - Returns: the groups, and what of them could not be read.
    public func lags() throws -> (groups: [GroupObservation], trouble: [String]) {
        let sampler = try LagSampler(settings: controlSettings(for: "lag"))
        defer { sampler.close() }
        var observer = LagObserver()
        let groups = try observer.observe(watches(), with: sampler, patience: .seconds(10))
        return (groups, sampler.trouble)
    }

    /// Dead letters that are still kept.
    public func deadLetterCount() throws -> Int64 {
        let letters = TopicPartition(Arrow.deadLetters.topic(of: pipeline.name), 0)
        guard try !admin.describeTopics([letters.topic]).isEmpty else { return 0 }
        return try admin.watermarks([letters])[letters].map { $0.high - $0.low } ?? 0
    }

    /// The pipeline's groups, for a sampler.
    public func watches(_ roles: [Role] = Role.stages) -> [LagSampler.Watch] {
        roles.map { .init(group: $0.group(of: pipeline.name), role: $0, topics: topics(readBy: $0)) }
    }

    /// The topics that a role reads as a member of its group.
    public func topics(readBy role: Role) -> [String] {
        func control(_ arrows: Arrow...) -> [String] { arrows.map { $0.topic(of: pipeline.name) } }
        return switch role {
        case .ingest: pipeline.sourceTopics
        case .transform: control(.slices, .requests)
        case .train: control(.datasets, .retrain, .releases)
        case .publish: control(.models, .requests)
        // It reads without a group.
        case .observe: []
        }
    }

    /// Sends a request under an id of its own.
    /// - Returns: what answers will name it by.
    public func send(_ payload: some Payload, to arrow: Arrow) throws -> RequestID {
        let id = RequestID(source: Self.source, id: UUID().uuidString.lowercased())
        let envelope = Envelope(
            id: id.id, type: type(of: payload).type, source: id.source, subject: nil, time: .now,
            // Of whoever called the command, and wants the run in his own trace.
            traceParent: ProcessInfo.processInfo.environment["TRACEPARENT"].flatMap { TraceContext($0) }?.description)
        let record = try MessageCodec.encode(payload, envelope: envelope, pipeline: pipeline.name, to: arrow)
        guard try !admin.describeTopics([record.topic]).isEmpty else {
            throw OperationsError(
                .notFound,
                "Expected the topic \(record.topic), found none: the pipeline has never run against these brokers. "
                    + "Start it with 'millrace run'.")
        }
        let producer = try Producer(settings: controlSettings(for: "requests"))
        defer { producer.close(within: .seconds(5)) }
        try producer.send(record)
        try producer.flush(within: .seconds(30))
        try producer.takeReport().check()
        return id
    }

    /// Who sends requests from this process.
    public static var requester: String {
        let environment = ProcessInfo.processInfo.environment
        let name = environment["USER"] ?? environment["LOGNAME"] ?? NSUserName()
        return name.isEmpty ? "unknown" : name
    }

    private static var source: String { "/commands/\(requester)@\(ProcessInfo.processInfo.hostName)" }
}
