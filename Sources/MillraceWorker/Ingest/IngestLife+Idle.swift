import Kafka
import Millrace

/// A partition that another process owns, as far as the brokers and `slices` tell.
struct ForeignPartition {
    var sealedThrough: Int64?
    var end: Int64?
    var unchangedSince = ContinuousClock.now
    /// Everything in it has been read by its owner.
    var isRead = false
}

extension IngestLife {
    /// Partitions at their end for the declared time are sealed through what the others have reached. The end is
    /// confirmed by a question to the brokers first.
    func sealIdlePartitions() throws {
        let now = ContinuousClock.now
        guard !isSurveying, lastSurvey.duration(to: now) > .milliseconds(200) else { return }
        let idle = intakes.values.filter { isQuiet($0, now) }
        guard !idle.isEmpty, let moment = IdlePolicy.moment(states(now)) else { return }
        guard idle.contains(where: { $0.machine.sealedThrough ?? .min < moment }) || !foreign.isEmpty else { return }
        isSurveying = true
        lastSurvey = now
        output.enqueue(.survey(idle.map(\.partition), foreign: foreign.keys.sorted()))
    }

    /// Seals what the answer confirms.
    func take(_ result: SurveyResult) {
        isSurveying = false
        let now = ContinuousClock.now
        lastSurvey = now
        for seal in result.seals {
            let partition = TopicPartition(seal.topic, Int32(seal.partition))
            foreign[partition]?.sealedThrough = seal.sealedThrough.microseconds
        }
        for partition in Array(foreign.keys) {
            guard let end = result.ends[partition] else { continue }
            if foreign[partition]?.end != end {
                foreign[partition]?.end = end
                foreign[partition]?.unchangedSince = now
            }
            foreign[partition]?.isRead = result.committed[partition].map { $0 >= end } ?? (end == 0)
        }
        guard let moment = IdlePolicy.moment(states(now)) else { return }
        for intake in intakes.values.sorted(by: { $0.partition < $1.partition }) where isQuiet(intake, now) {
            guard let end = intake.end?.offset, let high = result.ends[intake.partition], end >= high else { continue }
            intake.sealIdle(through: moment, position: end)
        }
    }

    private func isQuiet(_ intake: PartitionIntake, _ now: ContinuousClock.Instant) -> Bool {
        guard let end = intake.end, intake.divergence == nil, !intake.machine.isReplaying else { return false }
        return end.since.duration(to: now) >= pipeline.windows.idle
    }

    private func states(_ now: ContinuousClock.Instant) -> [IdlePolicy.Partition] {
        let own = intakes.values.map {
            IdlePolicy.Partition(
                kind: $0.origin.kind, isIdle: isQuiet($0, now), sealedThrough: $0.machine.sealedThrough)
        }
        let events = Set(pipeline.events.topics)
        return own
            + foreign.map { partition, state in
                IdlePolicy.Partition(
                    kind: events.contains(partition.topic) ? .events : .labels,
                    isIdle: state.isRead && state.unchangedSince.duration(to: now) >= pipeline.windows.idle,
                    sealedThrough: state.sealedThrough)
            }
    }

    /// The partitions that others own, at an assignment.
    func adoptForeign(_ journal: SliceJournal) {
        foreign = [:]
        for (topic, count) in partitionCounts {
            for index in 0..<Int32(count) where intakes[TopicPartition(topic, index)] == nil {
                let seal = journal.seals[.init(topic, Int(index))]
                foreign[TopicPartition(topic, index)] = ForeignPartition(
                    sealedThrough: seal?.sealedThrough.microseconds)
            }
        }
    }
}
