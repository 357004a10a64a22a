import CommandLine
import Millrace
import MillraceWorker

enum AuditCommand {
    static let command = Command(
        name: "audit", summary: "Prove that nothing was lost and nothing counted twice",
        discussion: """
            For every partition of the sources: do sealed rows, late events, duplicates, dead letters, control markers \
            and open windows add up to all offsets below the committed one, none of them twice? Is every sealed slice \
            in exactly one dataset of its window and feature set? Is every file that a message names there, with its \
            checksum? Does every release lead back to its offsets?

            Run it where the pipeline's folder is, beside a worker or without one.
            """,
        options: PipelineChoice.options + [
            .flag("quick", "Compare the sizes of files instead of their checksums"), .json,
        ],
        examples: [
            .init("millrace audit", "Prove it for the pipeline of this folder"),
            .init("millrace audit --json | jq .faults", "For a machine"),
        ],
        exitCodes: .broker + [.init(.failure, "Not clean: the faults are on standard error")],
        run: action { arguments in
            let connection = try PipelineChoice.connect(arguments)
            let progress = Progress("audit", unit: nil, on: arguments.console)
            let report = try Auditor(connection).audit(isQuick: arguments.flag("quick")) { progress.advance(by: $0) }
            if arguments.flag("json") {
                arguments.console.print(try CodableText.pretty(report))
            } else {
                write(report, on: arguments.console)
            }
            return report.isClean ? .success : .failure
        })

    private static func write(_ report: AuditReport, on console: Console) {
        guard !report.partitions.isEmpty else {
            console.print("Nothing is sealed yet: there is nothing to prove.")
            return
        }
        var table = Table([
            "PARTITION", "FROM", "SEALED-BELOW", "COMMITTED", "ROWS", "LATE", "DUPLICATES", "DEAD", "MARKERS", "OPEN",
            "SLICES",
        ])
        for partition in report.partitions {
            table.add(
                .init(partition.partition), .init(String(partition.firstOffset)), .init(String(partition.nextOffset)),
                .init(partition.committed.map { String($0) } ?? "-"), .init(String(partition.rows)),
                .init(String(partition.late)), .init(String(partition.duplicates)), .init(String(partition.dead)),
                .init(String(partition.absent)), .init(String(partition.open)), .init(String(partition.slices)))
        }
        console.print(table)
        let expired = report.filesExpired > 0 ? ", \(Human.grouped(report.filesExpired)) expired" : ""
        console.print(
            "\(Human.grouped(report.datasets)) datasets, \(Human.grouped(report.releases)) releases, "
                + "\(Human.grouped(report.filesChecked)) files (\(Human.bytes(report.bytesChecked)))\(expired)")
        guard let first = report.faults.first else {
            console.print(console.style.green("Clean: every offset has one fate, every file its checksum."))
            return
        }
        console.fail("\(first.code.rawValue): \(first.place): \(first.message)")
        for fault in report.faults.dropFirst().prefix(20) {
            console.fail("\(fault.code.rawValue): \(fault.place): \(fault.message)")
        }
        if report.faults.count > 21 { console.fail("and \(Human.grouped(report.faults.count - 21)) more") }
    }
}
