import CommandLine
import Millrace

/// Groups and partitions for programs; what is not known is null.
enum LagJSON {
    static func group(_ group: GroupObservation) -> OrderedJSON {
        [
            "group": .text(group.group), "role": .text(orNull: group.role?.rawValue), "state": .text(group.state),
            "members": .integer(group.members), "lag": .integer(Int(group.lag)),
            "seconds": .number(orNull: group.age.seconds), "seconds_source": .text(group.age.source.rawValue),
            "produced_per_second": .number(orNull: group.produced),
            "consumed_per_second": .number(orNull: group.consumed), "trend": .text(orNull: group.trend?.rawValue),
            "caught_up": .text(group.catchUp.kind.rawValue),
            "caught_up_seconds": .number(orNull: group.catchUp.seconds),
            "burrow": .text(group.burrow.rawValue), "verdict": .text(group.verdict.code.rawValue),
            "reason": .text(group.verdict.reason), "lost": .integer(Int(group.lost)),
            "partitions": .array(group.partitions.map(partition)),
        ]
    }

    private static func partition(_ partition: PartitionObservation) -> OrderedJSON {
        [
            "topic": .text(partition.topic), "partition": .integer(Int(partition.partition)),
            "current_offset": .integer(orNull: partition.committed.map { Int($0) }),
            "log_start_offset": .integer(Int(partition.low)), "log_end_offset": .integer(Int(partition.end)),
            "lag": .integer(Int(partition.lag)), "seconds": .number(orNull: partition.age.seconds),
            "seconds_source": .text(partition.age.source.rawValue),
            "seconds_reason": .text(orNull: partition.age.reason),
            "produced_per_second": .number(orNull: partition.produced),
            "consumed_per_second": .number(orNull: partition.consumed),
            "trend": .text(orNull: partition.trend?.rawValue), "caught_up": .text(partition.catchUp.kind.rawValue),
            "caught_up_seconds": .number(orNull: partition.catchUp.seconds),
            "burrow": .text(partition.burrow.rawValue), "verdict": .text(partition.verdict.code.rawValue),
            "reason": .text(partition.verdict.reason), "lost": .integer(Int(partition.lost)),
            "consumer_id": .text(orNull: partition.owner?.consumerID), "host": .text(orNull: partition.owner?.host),
            "client_id": .text(orNull: partition.owner?.clientID),
        ]
    }
}
