import CommandLine
import Millrace

/// Groups and partitions as rows.
enum LagTable {
    /// A row a partition: first what `kafka-consumer-groups.sh` shows, in its order.
    static func partitions(_ groups: [GroupObservation], isWide: Bool) -> Table {
        var headings = [
            "GROUP", "TOPIC", "PARTITION", "CURRENT-OFFSET", "LOG-END-OFFSET", "LAG", "CONSUMER-ID", "HOST",
            "CLIENT-ID", "SECONDS", "HOW", "VERDICT",
        ]
        if isWide { headings += ["IN/S", "OUT/S", "TREND", "CAUGHT-UP", "BURROW"] }
        var table = Table(headings)
        for group in groups {
            for partition in group.partitions {
                var row: [Table.Cell] = [
                    .init(group.group), .init(partition.topic), .init(String(partition.partition)),
                    .init(partition.committed.map { String($0) } ?? "-"), .init(String(partition.end)),
                    .init(String(partition.lag), partition.lag > 0 ? .attention : .none),
                    .init(partition.owner?.consumerID ?? "-"), .init(partition.owner?.host ?? "-"),
                    .init(partition.owner?.clientID ?? "-"), .init(seconds(partition.age)),
                    .init(partition.age.source.rawValue), verdict(partition.verdict),
                ]
                if isWide {
                    row += [
                        .init(rate(partition.produced)), .init(rate(partition.consumed)),
                        .init(partition.trend?.rawValue ?? "-"), .init(catchUp(partition.catchUp)),
                        .init(partition.burrow.rawValue),
                    ]
                }
                table.add(row)
            }
        }
        return table
    }

    /// A row a group, for the live view.
    static func groups(_ groups: [GroupObservation], picked: Int) -> Table {
        var table = Table([
            " ", "GROUP", "STATE", "MEMBERS", "LAG", "SECONDS", "IN/S", "OUT/S", "TREND", "CAUGHT-UP", "BURROW",
            "VERDICT",
        ])
        for (index, group) in groups.enumerated() {
            table.add(
                .init(index == picked ? ">" : " "), .init(group.group, index == picked ? .strong : .none),
                .init(group.state), .init(String(group.members)),
                .init(String(group.lag), group.lag > 0 ? .attention : .none), .init(seconds(group.age)),
                .init(rate(group.produced)), .init(rate(group.consumed)), .init(group.trend?.rawValue ?? "-"),
                .init(catchUp(group.catchUp)), .init(group.burrow.rawValue), verdict(group.verdict))
        }
        return table
    }

    static func verdict(_ verdict: LagVerdict) -> Table.Cell {
        let emphasis: Emphasis =
            switch verdict.severity {
            case .ok: .good
            case .warning: .attention
            case .error: .bad
            }
        return .init(verdict.code.rawValue, emphasis)
    }

    static func seconds(_ age: LagAge) -> String {
        guard let seconds = age.seconds else { return "-" }
        return Human.fixed(seconds, places: 1)
    }

    static func rate(_ rate: Double?) -> String { rate.map { Human.count($0) } ?? "-" }

    static func catchUp(_ catchUp: CatchUp) -> String {
        switch catchUp.kind {
        case .done: "yes"
        case .later: "in " + Human.duration(.seconds(max(1, (catchUp.seconds ?? 0).rounded())))
        case .never: "never at this rate"
        case .unknown: "-"
        }
    }
}
