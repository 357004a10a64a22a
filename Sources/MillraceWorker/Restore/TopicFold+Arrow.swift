import Kafka
import Millrace

extension TopicFold {
    /// Folds a control topic. What is no message of ours is passed over: it is among the dead letters.
    @discardableResult
    func run(
        _ arrow: Arrow, of pipeline: String, from position: Kafka.StartPosition = .beginning,
        each: (ControlRecord) throws -> Void
    ) throws -> Result {
        try run([PartitionStart(TopicPartition(arrow.topic(of: pipeline), 0), position)]) { view in
            if let record = try? ControlRecord(view.message, of: arrow) { try each(record) }
        }
    }
}
