import Kafka
import Millrace

extension IngestLife {
    /// Partitions at their end for the declared time are sealed through what the others have reached. The end is
    /// confirmed by a question to the brokers first.
    func sealIdlePartitions() {
        guard let question = watch.next(standings, now: .now) else { return }
        output.enqueue(.survey(question))
    }

    /// Seals what the answer confirms.
    func take(_ answer: IdleWatch.Answer) throws {
        for order in watch.take(answer, standings, now: .now) {
            try intakes[TopicPartition(order.partition)]?.sealIdle(through: order.through, position: order.position)
        }
    }

    private var standings: [IdleWatch.Own] {
        intakes.values.map { intake in
            let canBeSealed = intake.divergence == nil && !intake.machine.isReplaying
            return IdleWatch.Own(
                .init(intake.origin.topic, intake.origin.partition), kind: intake.origin.kind,
                end: canBeSealed ? intake.end : nil, sealedThrough: intake.machine.sealedThrough)
        }
    }

    /// The partitions that others own, at an assignment.
    func adoptForeign(_ journal: SliceJournal) {
        let events = Set(pipeline.events.topics)
        let others = partitionCounts.flatMap { topic, count in
            (0..<count).map { SliceJournal.Partition(topic, $0) }.filter { intakes[TopicPartition($0)] == nil }
        }
        watch.adopt(
            others.map { other in
                (
                    partition: other, kind: events.contains(other.topic) ? .events : .labels,
                    sealedThrough: journal.seals[other]?.sealedThrough.microseconds
                )
            }, now: .now)
    }
}

extension TopicPartition {
    init(_ partition: SliceJournal.Partition) { self.init(partition.topic, Int32(partition.partition)) }
}

extension SliceJournal.Partition {
    init(_ partition: TopicPartition) { self.init(partition.topic, Int(partition.partition)) }
}
