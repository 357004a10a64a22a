import CommandLine
import Compression
import Millrace

/// Writes a simulation to files: transactions as CSV or JSON lines, labels as JSON lines.
struct FileSimulation {
    private var simulation: Simulation
    private let path: String
    private let output: ByteWriter
    private let labels: ByteWriter?
    private let isCSV: Bool
    private let payloads = PayloadBuffer()

    init(_ simulation: Simulation, path: String, labels: String?) throws {
        self.simulation = simulation
        self.path = path
        isCSV = try Self.isCSV(path)
        do {
            output = try ByteWriter(path: path)
            self.labels = try labels.map { try ByteWriter(path: $0) }
        } catch let error as CompressionError {
            throw CommandFailure("\(error)")
        }
    }

    private static func isCSV(_ path: String) throws(UsageError) -> Bool {
        var name = path[...]
        for packing in [".gz", ".zst", ".zstd"] where name.hasSuffix(packing) { name = name.dropLast(packing.count) }
        if path == "-" || name.hasSuffix(".jsonl") || name.hasSuffix(".ndjson") || name.hasSuffix(".json") {
            return false
        }
        guard name.hasSuffix(".csv") else {
            throw UsageError(
                .invalidValue,
                "--to: expected a name that ends with .csv or .jsonl (then .gz or .zst), found '\(path)'.")
        }
        return true
    }

    consuming func run(_ console: Console) throws -> ExitCode {
        let stop = InterruptSignal.installed()
        var csv = TransactionCSVWriter()
        var json = TransactionJSONWriter(size: simulation.size)
        var labelWriter = TransactionJSONWriter()
        let progress = Progress("simulate", total: simulation.expected, unit: "events", on: console)
        if isCSV { try output.write(TransactionCSVWriter.header) }
        var batch = SimulatedStream.Batch()
        var (events, labelCount) = (0, 0)
        var left = simulation.limit ?? .max
        while left > 0, !stop.isRaised, simulation.stream.fill(&batch, max: min(left, 50_000)) {
            payloads.removeAll()
            if isCSV {
                csv.append(batch.transactions, to: payloads)
                try output.write(payloads.bytes)
            } else {
                json.append(batch.transactions, to: payloads)
                try writeLines(to: output)
            }
            if let labels {
                payloads.removeAll()
                for label in batch.labels where simulation.wantsLabels { labelWriter.append(label, to: payloads) }
                labelCount += payloads.count
                try writeLines(to: labels)
            }
            events += batch.transactions.count
            left -= batch.transactions.count
            progress.update(done: events)
        }
        try output.finish()
        try labels?.finish()
        progress.finish()
        if path != "-" {
            console.print(
                "\(Human.grouped(events)) events in \(path)"
                    + (labels.map { ", \(Human.grouped(labelCount)) labels in \($0.file)" } ?? ""))
        }
        return stop.reason?.exitCode ?? .success
    }

    private func writeLines(to writer: ByteWriter) throws {
        let end: [UInt8] = [UInt8(ascii: "\n")]
        try end.withUnsafeBytes { end in
            for index in 0..<payloads.count {
                try writer.write(payloads[index])
                try writer.write(end)
            }
        }
    }
}
