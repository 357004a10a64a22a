import Foundation
import Millrace
import Testing

/// The folder of the repository.
let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().path

@Suite struct PipelineFileTests {
    @Test func `The handbook's pipeline means what it says`() throws {
        let file = try PipelineFile.load(path: repository + "/deploy/pipelines/handbook.yaml", environment: [:])
        let pipeline = file.pipeline
        #expect(pipeline.name == "handbook")
        #expect(pipeline.kafka.brokers == "localhost:9092")
        #expect(pipeline.events.idColumn == "tx_id")
        #expect(pipeline.events.timeColumn == "datetime")
        #expect(pipeline.events.columns.map(\.name) == ["datetime", "tx_id", "customer", "terminal", "amount"])
        #expect(pipeline.events.columns[0].type == .time(.iso8601))
        #expect(pipeline.labels?.eventField == "tx_id")
        #expect(pipeline.labels?.withdrawn == [.null])
        #expect(pipeline.features.flatMap(\.featureNames).count == 15)
        #expect(pipeline.features[1].kind == .calendar(.weekday, members: [5, 6]))
        #expect(pipeline.features[2].kind == .calendar(.hour, members: [0, 1, 2, 3, 4, 5, 6]))
        #expect(pipeline.triggers == [.every(.seconds(7 * 86_400), from: Timestamp(rfc3339: "2018-05-15T00:00:00Z"))])
        #expect(pipeline.training.gap == nil)
        #expect(pipeline.training.trainer.rounds == 100)
        #expect(pipeline.training.trainer.parameters == XGBoostSettings().parameters)
        #expect(pipeline.gate.exclude == .init(entity: "customer", sinceBeforeHoldout: .seconds(14 * 86_400)))
        #expect(pipeline.gate.guards == [.init(metric: .cardPrecision, k: 100, entity: "customer", tolerance: 0.03)])
    }
}
