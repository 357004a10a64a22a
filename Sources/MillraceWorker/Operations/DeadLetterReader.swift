import Kafka
public import Millrace

/// Reads a pipeline's dead letters, each once: one that was sent twice is one letter.
public struct DeadLetterReader {
    private let connection: PipelineConnection

    public init(_ connection: PipelineConnection) { self.connection = connection }

    /// In the order in which they were set aside.
    public func all() throws -> [DeadLetter] { try read(from: { .init($0, .beginning) }, keep: { $0 }) }

    /// The newest, in the order in which they were set aside; of keys and values so many bytes, and no headers. What it
    /// takes does not grow with the topic.
    public func newest(_ count: Int, bytes: Int) throws -> [DeadLetter] {
        try read { partition in
            guard let range = try connection.admin.watermarks([partition])[partition] else {
                return .init(partition, .beginning)
            }
            return .init(partition, .offset(max(range.low, range.high - Int64(count))))
        } keep: { letter in
            var letter = letter
            letter.key = letter.key.map { Array($0.prefix(bytes)) }
            letter.value = letter.value.map { Array($0.prefix(bytes)) }
            letter.headers = []
            return letter
        }
    }

    private func read(
        from start: (TopicPartition) throws -> PartitionStart, keep: (DeadLetter) -> DeadLetter
    ) throws -> [DeadLetter] {
        let partition = TopicPartition(Arrow.deadLetters.topic(of: connection.pipeline.name), 0)
        guard try !connection.admin.describeTopics([partition.topic]).isEmpty else { return [] }
        var letters: [DeadLetter] = []
        var seen: Set<String> = []
        try Kafka.TopicFold(settings: connection.controlSettings(for: "letters")).run([try start(partition)]) { view in
            let message = view.message
            guard
                let letter = DeadLetter(
                    headers: message.headers.map(OutgoingRecord.Header.init), key: message.key, value: message.value)
            else { return }
            if seen.insert("\(letter.stage.rawValue)/\(letter.topic)/\(letter.partition)/\(letter.offset)").inserted {
                letters.append(keep(letter))
            }
        }
        return letters
    }
}
