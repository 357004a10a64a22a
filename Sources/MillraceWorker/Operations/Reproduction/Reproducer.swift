import Foundation
import Kafka
public import Millrace

/// Makes a version again from the log: the records that its lineage leads to are read from the source topics, and slices,
/// datasets, labels and model are made of them in a folder of its own. Of the pipeline's folder only the ledgers are read,
/// whose checksums are in the log.
///
/// Of the slices in the making the last chunks are in memory, then one window at a time, then the rows of training.
public struct Reproducer {
    /// What is being done, and in what its progress is counted.
    public enum Stage: String, Sendable {
        case slices = "rows"
        case datasets = "windows"
        case training = "rounds"
    }

    private let connection: PipelineConnection
    private var pipeline: Pipeline { connection.pipeline }
    private let folder: String

    /// - Parameter folder: what is made goes there; it is empty.
    public init(_ connection: PipelineConnection, into folder: String) {
        self.connection = connection
        self.folder = folder
    }

    /// - Parameters:
    ///   - versions: of what runs now, by the names that lineage uses.
    ///   - onProgress: called often with how much is done, and of how much; throw from it to give up.
    /// - Throws: `OperationsError` when the version cannot be made under this pipeline file, or ledgers are damaged.
    public func reproduce(
        _ number: Int, run: String, of model: VersionModel, trainer: any Trainer, versions: [String: String],
        onProgress: (Stage, Int, Int) throws -> Void = { _, _, _ in }
    ) throws -> ReproductionReport {
        guard model.featureHash == pipeline.featureHash else {
            throw OperationsError(
                .refused,
                "version \(number) was made under feature set \(model.featureHash.prefix(12)), and this pipeline file "
                    + "declares \(pipeline.featureHash.prefix(12)): name the file of that time with -f")
        }
        var report = ReproductionReport(version: number, run: run, source: .log)
        let work = try AnnouncedWork(pipeline: pipeline, settings: connection.controlSettings(for: "reproduce"))
        let (training, holdout) = (model.plan.training, model.plan.holdout)
        let known = RunReach(pipeline).labels(ofEventsSince: training.start, knownBy: model.plan.asOf)
        let span = Window(start: min(training.start, holdout.start), end: max(training.end, holdout.end))
        let rebuild = work.machine.rebuild(
            work.datasets, within: span, labels: work.catalog.labels(knownWithin: known).map(\.window))
        let shares = rebuild.shares
        let orders = try self.orders(shares, of: work)
        let rows = shares.reduce(0) { $0 + $1.slice.rows }
        report.rebuilt = .init(
            slices: shares.count, rows: rows, datasets: rebuild.datasets.count,
            earlierWindows: rebuild.history.count,
            labelWindows: pipeline.labels == nil ? 0 : rebuild.labels.count + rebuild.datasets.count)

        report.missing = try missing(orders)
        guard report.missing.isEmpty else { return report }
        let made = try makeSlices(orders, &report) { try onProgress(.slices, $0, rows) }
        guard report.missing.isEmpty else { return report }
        let catalog = try makeDatasets(rebuild.reading(made), work, &report) { try onProgress(.datasets, $0, $1) }
        let result = try Reproduction(
            of: model, run: run, catalog: catalog, folder: folder, reach: RunReach(pipeline), trainer: trainer,
            versions: versions
        ) { try onProgress(.training, $0.completed, $0.total) }
        report.finish(result, path: "\(model.folder)/model.ubj")
        return report
    }

    private typealias Orders = [(partition: TopicPartition, orders: [SliceMaker.Order])]

    private func orders(_ shares: [SliceLedger.Share], of work: AnnouncedWork) throws -> Orders {
        do {
            return try work.orders(shares, folder: pipeline.folder).sorted { $0.key < $1.key }.map {
                ($0.key, $0.value)
            }
        } catch {
            throw OperationsError(
                .damaged,
                "the ledgers in \(pipeline.folder), by which offsets are told apart, are not whole: \(error). "
                    + "Run it where the pipeline's folder is")
        }
    }

    /// What is missing already, of all partitions, before anything is read.
    private func missing(_ orders: Orders) throws -> [ReproductionReport.Missing] {
        let marks = try connection.admin.watermarks(orders.map(\.partition))
        return orders.compactMap { partition, orders in
            SliceMaker.missing(orders, from: partition, marks[partition]).map { Self.missing($0, orders) }
        }
    }

    private static func missing(_ found: MissingOffsets, _ orders: [SliceMaker.Order]) -> ReproductionReport.Missing {
        let windows = orders.filter { order in
            order.offsets.contains { offsets in found.ranges.contains { $0.overlaps(offsets) } }
        }.map(\.share.slice.window)
        let start = windows.map(\.start).min() ?? .distantPast
        return .init(
            topic: found.partition.topic, partition: Int(found.partition.partition), firstOffset: found.first,
            lastOffset: found.last, rows: found.rows,
            windows: Window(start: start, end: windows.map(\.end).max() ?? start))
    }

    /// - Returns: the files that came out, by the paths of those announced.
    private func makeSlices(
        _ orders: Orders, _ report: inout ReproductionReport, onRows: (Int) throws -> Void
    ) throws -> [String: FileReference] {
        let maker = SliceMaker(
            pipeline: pipeline, folder: folder, settings: connection.settings(for: "reproduce.slices"))
        var made: [String: FileReference] = [:]
        var rows = 0
        for (partition, orders) in orders {
            do {
                try maker.make(orders) {
                    rows += $0
                    try onRows(rows)
                } made: { share, file in
                    let announced = share.slice.file
                    made[announced.path] = file
                    guard file.sha256 != announced.sha256 else { return }
                    report.differences.append(
                        .init(kind: .slice, path: announced.path, expected: announced.sha256, found: file.sha256))
                }
            } catch let lost as MissingOffsets {
                // Removed since the first look.
                report.missing.append(Self.missing(lost, orders))
            } catch let error as WorkerError {
                throw OperationsError(
                    .damaged,
                    "\(partition.topic)/\(partition.partition), as this pipeline file declares its records: "
                        + error.message)
            }
        }
        return made
    }

    /// - Returns: what came out, as it would be announced.
    private func makeDatasets(
        _ rebuild: TransformMachine.Rebuild, _ work: AnnouncedWork, _ report: inout ReproductionReport,
        onWindow: (Int, Int) throws -> Void
    ) throws -> DatasetCatalog {
        var pipeline = pipeline
        pipeline.folder = folder
        let builder = WindowBuilder(pipeline: pipeline, log: Log { _ in })
        let announced = Dictionary(uniqueKeysWithValues: work.datasets.map { ($0.window, $0) })
        var catalog = DatasetCatalog()
        var labels: [Window: FileReference] = [:]
        let total = rebuild.datasets.count + rebuild.labels.count
        for (index, build) in rebuild.datasets.enumerated() {
            try onWindow(index, total)
            let outcome = try builder.build(
                build, history: index == 0 ? rebuild.history : [], checkpoint: nil, previousLabels: nil,
                rewindOffset: 0, context: WorkContext())
            guard case .ready(let ready) = outcome.verdict else { continue }
            compare(.dataset, announced[build.window]?.files ?? [], ready.files, &report)
            catalog.add(ready)
            labels[build.window] = outcome.labels?.file
        }
        for (index, build) in rebuild.labels.enumerated() {
            try onWindow(rebuild.datasets.count + index, total)
            labels[build.window] = try builder.writeLabels(build)
        }
        try onWindow(total, total)
        for var arrived in work.catalog.labels {
            guard let file = labels[arrived.window] else { continue }
            compare(.labels, arrived.file.map { [$0] } ?? [], [file], &report)
            arrived.file = file
            catalog.add(arrived)
        }
        return catalog
    }

    private func compare(
        _ kind: ReproductionReport.Difference.Kind, _ announced: [FileReference], _ made: [FileReference],
        _ report: inout ReproductionReport
    ) {
        let expected = Dictionary(announced.map { ($0.path, $0.sha256) }) { first, _ in first }
        let found = Dictionary(made.map { ($0.path, $0.sha256) }) { first, _ in first }
        for path in Set(expected.keys).union(found.keys).sorted() where expected[path] != found[path] {
            report.differences.append(.init(kind: kind, path: path, expected: expected[path], found: found[path]))
        }
    }
}
