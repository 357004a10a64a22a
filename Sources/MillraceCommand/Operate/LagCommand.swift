import CommandLine
import Foundation
import Kafka
import Millrace
import MillraceWorker

enum LagCommand {
    static let command = Command(
        name: "lag", summary: "Show how far every group of the pipeline is behind, in messages and in seconds",
        discussion: """
            The table that 'kafka-consumer-groups.sh --describe' shows, with the age of the first message that was not \
            read. A group that has never committed has no current offset, and all there is as its lag. What is left \
            behind a group's last commit may be markers of transactions only: that is a lag of 0. Seconds are counted from \
            the message's own timestamp: a replayed file is as old as it says.
            """,
        options: PipelineChoice.options + [
            .value("group", .choice(Role.allCases.map(\.rawValue)), valueName: "role", "One group only"),
            .flag("watch", short: "w", "Show it again every two seconds, until Ctrl-C"), .json,
        ],
        examples: [
            .init("millrace lag", "All groups of the pipeline of this folder"),
            .init("millrace lag --group ingest --watch", "Watch ingest catch up"),
        ],
        exitCodes: .broker,
        run: action { arguments in
            let connection = try PipelineChoice.connect(arguments)
            let roles = arguments.textIfGiven("group").flatMap(Role.init).map { [$0] } ?? Role.allCases
            guard arguments.flag("watch") else {
                try show(connection, roles, arguments)
                return .success
            }
            let stop = InterruptSignal.installed()
            while !stop.isRaised {
                if arguments.console.outputIsTerminal { arguments.console.print("\u{1B}[2J\u{1B}[H", terminator: "") }
                try show(connection, roles, arguments)
                for _ in 0..<20 where !stop.isRaised { try await Task.sleep(for: .milliseconds(100)) }
            }
            return .success
        })

    private static func show(
        _ connection: PipelineConnection, _ roles: [Role], _ arguments: Arguments
    ) throws {
        let lags = try connection.lags(roles: roles)
        if arguments.flag("json") {
            arguments.console.print(.array(lags.map { json($0.lag) }))
            return
        }
        var table = Table([
            "GROUP", "TOPIC", "PARTITION", "CURRENT-OFFSET", "LOG-END-OFFSET", "LAG", "SECONDS", "CONSUMER-ID", "HOST",
            "CLIENT-ID",
        ])
        for (_, lag) in lags {
            for partition in lag.partitions {
                table.add(
                    .init(lag.group), .init(partition.partition.topic), .init(String(partition.partition.partition)),
                    .init(partition.committed.map { String($0) } ?? "-"), .init(String(partition.end)),
                    .init(String(partition.records), partition.records > 0 ? .attention : .none),
                    .init(seconds(partition)), .init(partition.owner?.id ?? "-"),
                    .init(partition.owner?.host ?? "-"), .init(partition.owner?.clientID ?? "-"))
            }
        }
        arguments.console.print(table)
        for (_, lag) in lags where lag.partitions.isEmpty {
            arguments.console.note("\(lag.group): none of its topics exists yet")
        }
    }

    private static func seconds(_ lag: PartitionLag) -> String {
        guard let age = lag.age.duration else { return "-" }
        return Human.fixed(Double(age.microseconds) / 1e6, places: 1)
    }

    private static func json(_ lag: GroupLag) -> OrderedJSON {
        [
            "group": .text(lag.group), "state": .text(lag.state), "lag": .integer(Int(lag.records)),
            "seconds": .number(orNull: lag.age.map { Double($0.microseconds) / 1e6 }),
            "partitions": .array(
                lag.partitions.map { partition in
                    [
                        "topic": .text(partition.partition.topic),
                        "partition": .integer(Int(partition.partition.partition)),
                        "current_offset": .integer(orNull: partition.committed.map { Int($0) }),
                        "log_start_offset": .integer(Int(partition.low)),
                        "log_end_offset": .integer(Int(partition.end)), "lag": .integer(Int(partition.records)),
                        "seconds": .number(orNull: partition.age.duration.map { Double($0.microseconds) / 1e6 }),
                        "lost": .integer(Int(partition.lostRecords)),
                        "consumer_id": .text(orNull: partition.owner?.id),
                        "host": .text(orNull: partition.owner?.host),
                        "client_id": .text(orNull: partition.owner?.clientID),
                    ]
                }),
        ]
    }
}
