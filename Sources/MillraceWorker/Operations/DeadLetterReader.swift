import Kafka
public import Millrace

/// Reads a pipeline's dead letters, each once: one that was sent twice is one letter.
public struct DeadLetterReader {
    private let connection: PipelineConnection

    public init(_ connection: PipelineConnection) { self.connection = connection }

    /// In the order in which they were set aside.
    public func all() throws -> [DeadLetter] {
        let topic = Arrow.deadLetters.topic(of: connection.pipeline.name)
        guard try !connection.admin.describeTopics([topic]).isEmpty else { return [] }
        var letters: [DeadLetter] = []
        var seen: Set<String> = []
        try Kafka.TopicFold(settings: connection.controlSettings(for: "letters")).run(topic: topic) { view in
            let message = view.message
            guard
                let letter = DeadLetter(
                    headers: message.headers.map(OutgoingRecord.Header.init), key: message.key, value: message.value)
            else { return }
            if seen.insert("\(letter.stage.rawValue)/\(letter.topic)/\(letter.partition)/\(letter.offset)").inserted {
                letters.append(letter)
            }
        }
        return letters
    }
}
