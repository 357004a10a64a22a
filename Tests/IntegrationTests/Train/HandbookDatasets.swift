import Compression
import Foundation
import Millrace

/// The fraud benchmark's transactions as datasets on disk, computed by the feature engine once for all tests of this
/// process.
enum HandbookDatasets {
    static let dataFolder = ProcessInfo.processInfo.environment["MILLRACE_DATA"]
    static let hash = "handbook-features"

    static let columns = [
        Column(name: "tx_id", type: .id), Column(name: "datetime", type: .time(.iso8601)),
        Column(name: "customer", type: .id), Column(name: "terminal", type: .id),
        Column(name: "amount", type: .decimal(scale: 2)),
    ]

    private static func days(_ counts: Int...) -> [Duration] { counts.map { .seconds($0 * 86_400) } }

    static var features: [FeatureDeclaration] {
        let week = Duration.seconds(7 * 86_400)
        return [
            FeatureDeclaration(name: "amount", kind: .column("amount")),
            FeatureDeclaration(name: "weekend", kind: .calendar(.weekday, members: [5, 6])),
            FeatureDeclaration(name: "night", kind: .calendar(.hour, members: Array(0...6))),
            rolling("customer_count", .count, key: "customer", delay: .zero),
            rolling("customer_mean", .mean, of: "amount", key: "customer", delay: .zero),
            rolling("terminal_count", .count, key: "terminal", delay: week),
            rolling("terminal_risk", .labelRate, key: "terminal", delay: week, empty: 0),
        ]
    }

    private static func rolling(
        _ name: String, _ function: FeatureDeclaration.RollingFunction, of column: String? = nil, key: String,
        delay: Duration, empty: Double? = nil
    ) -> FeatureDeclaration {
        FeatureDeclaration(
            name: name, kind: .rolling(function, of: column, key: key, over: days(1, 7, 30), delay: delay),
            empty: empty)
    }

    /// The pipeline of these datasets.
    static func pipeline(folder: String) -> Pipeline {
        let events = EventSource(
            topics: ["transactions"], timeColumn: "datetime", idColumn: "tx_id", columns: columns)
        let labels = LabelSource(
            topics: ["labels"], eventField: "tx_id", reportedField: "reported", valueField: "fraud")
        var pipeline = Pipeline(
            name: "handbook", folder: folder, events: events, labels: labels, features: features,
            registry: .init(path: "\(folder)/registry"))
        pipeline.gate.exclude = .init(entity: "customer", sinceBeforeHoldout: .seconds(14 * 86_400))
        pipeline.gate.floor = 0.5
        pipeline.training.trainer.threads = 2
        return pipeline
    }

    /// A folder with the datasets and label files of 2018-06-01 to 2018-08-21; those from 07-25 on are warm enough for
    /// the published protocol.
    static let folder: Result<String, any Error> = Result { try make() }

    private static func make() throws -> String {
        let folder = NSTemporaryDirectory() + "millrace-handbook-\(getpid())"
        atexit { try? FileManager.default.removeItem(atPath: NSTemporaryDirectory() + "millrace-handbook-\(getpid())") }
        let store = DatasetStore(folder: folder)
        let engine = try FeatureEngine(
            features: features, featureHash: hash, columns: columns, idColumn: "tx_id", timeZone: "UTC",
            labelHorizon: .seconds(120 * 86_400))
        let (days, labels) = try read(from: "2018-06-01", through: "2018-08-21")
        for (index, events) in days.enumerated() {
            let start = Timestamp(rfc3339: "2018-06-01T00:00:00Z")! + .seconds(index * 86_400)
            let window = Window(start: start, end: start + .seconds(86_400))
            let known = select(labels, known: window)
            _ = try LabelFile.write(known, window: window, folder: folder)
            let values = engine.append(events: events, labels: known)
            _ = try store.write(
                DatasetContent(
                    window: window, featureHash: hash, featureNames: engine.featureNames, features: values,
                    events: events, idColumn: "tx_id", isCold: index < 37, slices: []))
        }
        return folder
    }

    private static func select(_ labels: RowTable, known window: Window) -> RowTable {
        let rows = labels.times.indices.filter {
            window.contains(Timestamp(microseconds: labels.times[$0]))
        }
        return RowTable(
            columns: labels.columns, times: rows.map { labels.times[$0] },
            values: labels.values.map { column in CellColumn(cells: rows.map { column.cells[$0] }) })
    }

    private static func read(from first: String, through last: String) throws -> (days: [RowTable], labels: RowTable) {
        var days: [RowTable] = []
        var current = ""
        var labels = RowTable(columns: LabelSource.sliceColumns)
        let reader = try LineReader(path: "\(dataFolder ?? "")/handbook-transactions.csv.zst")
        _ = try reader.next()
        while let line = try reader.next() {
            let fields = String(decoding: Array(line), as: UTF8.self).split(separator: ",")
            let day = String(fields[1].prefix(10))
            if day < first { continue }
            if day > last { break }
            if day != current {
                current = day
                days.append(RowTable(columns: columns))
            }
            let time = Timestamp(rfc3339: String(fields[1]))!.microseconds
            let last = days.count - 1
            days[last].times.append(time)
            let cells = [
                UInt64(fields[0])!, UInt64(time), UInt64(fields[2])!, UInt64(fields[3])!, cents(fields[4]),
            ]
            for (column, cell) in cells.enumerated() { days[last].values[column].cells.append(cell) }
            if fields[5] == "1" {
                let known = UInt64(time + 7 * 86_400_000_000)
                labels.times.append(Int64(known))
                for (column, cell) in [UInt64(fields[0])!, known, known, 1].enumerated() {
                    labels.values[column].cells.append(cell)
                }
            }
        }
        return (days, labels)
    }

    private static func cents(_ text: Substring) -> UInt64 {
        let parts = text.split(separator: ".")
        let fraction = parts.count > 1 ? String(parts[1]) : ""
        return UInt64(parts[0])! * 100 + UInt64((fraction + "00").prefix(2))!
    }
}
