import Foundation
public import Kafka
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

    /// How far each role is behind in what it reads.
    public func lags(roles: [Role] = Role.allCases) throws -> [(role: Role, lag: GroupLag)] {
        let reader = try LagReader(settings: controlSettings(for: "lag"))
        defer { reader.close(within: .seconds(2)) }
        return try roles.map { role in
            (
                role,
                try Self.retrying {
                    try reader.lag(of: role.group(of: pipeline.name), topics: topics(readBy: role))
                }
            )
        }
    }

    /// A coordinator that has just moved, or is being made for a group's first member, answers in a moment.
    private static func retrying<Answer>(_ body: () throws -> Answer) throws -> Answer {
        let end = ContinuousClock.now + .seconds(10)
        while true {
            do {
                return try body()
            } catch let error as KafkaError where error.isRetriable && error.code != .localTimedOut {
                guard ContinuousClock.now < end else { throw error }
                Thread.sleep(forTimeInterval: 0.2)
            }
        }
    }

    /// The topics that a role reads as a member of its group.
    public func topics(readBy role: Role) -> [String] {
        func control(_ arrows: Arrow...) -> [String] { arrows.map { $0.topic(of: pipeline.name) } }
        return switch role {
        case .ingest: sourceTopics
        case .transform: control(.slices, .requests)
        case .train: control(.datasets, .retrain, .releases)
        case .publish: control(.models, .requests)
        }
    }

    /// Sends a request under an id of its own.
    /// - Returns: what answers will name it by.
    public func send(_ payload: some Payload, to arrow: Arrow) throws -> RequestID {
        let id = RequestID(source: Self.source, id: UUID().uuidString.lowercased())
        let envelope = Envelope(
            id: id.id, type: type(of: payload).type, source: id.source, subject: nil, time: .now)
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
