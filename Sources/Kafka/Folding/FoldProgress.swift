/// How far a fold has come: a pure value.
struct FoldProgress: CustomStringConvertible {
    private struct Partition {
        var next: Int64
        let end: Int64
    }

    private var open: [TopicPartition: Partition] = [:]
    private var closed: [TopicPartition] = []
    private var lastError: KafkaError?
    private(set) var result = TopicFold.Result()

    init(starts: [PartitionStart], ends: [TopicPartition: Watermarks]) {
        for start in starts {
            let marks = ends[start.partition] ?? Watermarks(low: 0, high: 0)
            let first: Int64
            switch start.position {
            case .offset(let offset): first = offset
            case .beginning, .committed: first = marks.low
            case .end: first = marks.high
            }
            result.nextOffsets[start.partition] = max(first, marks.high)
            if first < marks.high { open[start.partition] = Partition(next: first, end: marks.high) }
        }
    }

    var isComplete: Bool { open.isEmpty }

    func isOpen(_ partition: TopicPartition) -> Bool { open[partition] != nil }

    /// Whether a message lies before its partition's end; notes it.
    mutating func takes(_ partition: TopicPartition, _ offset: Int64) -> Bool {
        guard var entry = open[partition] else { return false }
        guard offset < entry.end else {
            close(partition)
            return false
        }
        entry.next = offset + 1
        open[partition] = entry
        result.messageCount += 1
        if entry.next >= entry.end { close(partition) }
        return true
    }

    /// The rest of a partition may hold only markers of transactions and aborted messages: then its end event says so.
    mutating func handle(_ event: ConsumerEvent) throws {
        switch event {
        case .endOfPartition(let partition, let offset):
            if let entry = open[partition], offset >= entry.end { close(partition) }
        case .partitionFailed(let partition, let error):
            guard isOpen(partition) else { return }
            guard error.isRetriable else { throw error.whileDoing("folding \(partition)") }
            lastError = error
        case .topicFailed(_, let error), .clientFailed(let error):
            lastError = error
        }
    }

    /// Partitions that have come to their end since this was last called.
    mutating func takeClosed() -> [TopicPartition] {
        defer { closed = [] }
        return closed
    }

    private mutating func close(_ partition: TopicPartition) {
        open[partition] = nil
        closed.append(partition)
    }

    var description: String {
        let waiting = open.sorted { $0.key < $1.key }.map { "\($0.key) is at \($0.value.next) of \($0.value.end)" }
        return (waiting + (lastError.map { ["last error \($0)"] } ?? [])).joined(separator: ", ")
    }
}
