import Foundation
import Kafka
import Millrace

/// Makes datasets and labels again that are damaged or missing: of their slices, and of those that features look back at,
/// which are made again from the log where they are damaged themselves.
///
/// What is damaged is found when work that reads it fails: files are looked at one by one only then.
struct DatasetRestorer: Sendable {
    /// What a piece of work reads: datasets of events of a span, and labels that became known within another.
    struct Need: Sendable {
        var featureHash: String
        var events: Window
        var labels: Window
    }

    private let pipeline: Pipeline
    private let cluster: Cluster
    private let log: Log
    private let slices: SliceRestorer

    init(pipeline: Pipeline, cluster: Cluster, log: Log) {
        self.pipeline = pipeline
        self.cluster = cluster
        self.log = log
        slices = SliceRestorer(pipeline: pipeline, cluster: cluster, log: log)
    }

    /// - Returns: how many datasets and windows of labels were made again.
    fileprivate func restore(_ need: Need, _ catalog: DatasetCatalog, _ context: WorkContext) throws -> Int {
        let folder = pipeline.folder
        let datasets = catalog.datasets(need.featureHash, within: need.events).filter { entry in
            !entry.files.allSatisfy { Self.isWhole($0, folder) }
        }
        let labels = catalog.labels(knownWithin: need.labels).filter { arrived in
            guard let file = arrived.file else { return false }
            return (try? LabelFile.columns(file, folder: folder))?.allSatisfy { Self.isWhole($0, folder) } != true
        }
        guard let first = datasets.first?.window ?? labels.first?.window else { return 0 }
        log.warning(
            "restore", "datasets or labels are damaged or gone: making them again of slices",
            ["datasets": datasets.count, "labels": labels.count, "first": first.start])
        guard need.featureHash == pipeline.featureHash || datasets.isEmpty else {
            throw failure(datasets[0].folder, "it is of a feature set that the pipeline does not declare any more")
        }
        let scratch = "\(folder)/.restore-\(String(Int.random(in: 0...(.max)), radix: 36))"
        try DurableFile.createFolder(scratch)
        defer { try? FileManager.default.removeItem(atPath: scratch) }
        let work = try AnnouncedWork(pipeline: pipeline, settings: cluster.controlSettings(for: "restore"))
        let span = Window(
            start: datasets.first?.window.start ?? first.start, end: datasets.last?.window.end ?? first.start)
        let rebuild = work.machine.rebuild(work.datasets, within: span, labels: labels.map(\.window))
        let builder = WindowBuilder(pipeline: pipeline, output: scratch, log: log, restore: slices.restore)
        for (index, build) in rebuild.datasets.enumerated() {
            if context.isCancelled { throw WorkCancelled() }
            do {
                _ = try builder.build(
                    build, history: index == 0 ? rebuild.history : [], checkpoint: nil, previousLabels: nil,
                    rewindOffset: 0, context: context)
            } catch  where !(error is WorkCancelled) {
                throw failure(datasets[0].folder, (error as? WorkerError)?.message ?? "\(error)")
            }
        }
        for build in rebuild.labels {
            do { _ = try builder.writeLabels(build) } catch {
                throw failure(LabelFile.folder(of: build.window), (error as? WorkerError)?.message ?? "\(error)")
            }
        }
        for dataset in datasets { try replace(dataset.folder, dataset.files, from: scratch) }
        for arrived in labels {
            guard let file = arrived.file else { continue }
            try replace(LabelFile.folder(of: arrived.window), [file], from: scratch)
        }
        return datasets.count + labels.count
    }

    /// Puts what was made in the place of what was there, which is kept beside it.
    private func replace(_ path: String, _ files: [FileReference], from scratch: String) throws {
        let differing = files.first { !Self.isWhole($0, scratch) }
        if let differing {
            throw failure(
                path, "what was made of its slices is something else: \(differing.path) is not what was announced")
        }
        let (target, aside) = ("\(pipeline.folder)/\(path)", "\(pipeline.folder)/\(path).damaged")
        if FileManager.default.fileExists(atPath: target) {
            try? FileManager.default.removeItem(atPath: aside)
            try DurableFile.rename(target, to: aside)
        }
        try DurableFile.createFolder(DurableFile.folder(of: target))
        try DurableFile.rename("\(scratch)/\(path)", to: target)
        log.info("restore", "made again, byte for byte", ["path": path])
    }

    private func failure(_ path: String, _ reason: String) -> WorkerError {
        WorkerError(
            .damagedFile,
            "\(pipeline.folder)/\(path) is damaged or gone, and cannot be made again of its slices: \(reason). Put a "
                + "copy of the folder back, or wait until no run looks back at it")
    }

    private static func isWhole(_ file: FileReference, _ folder: String) -> Bool {
        (try? DurableFile.read(file, below: folder)) != nil
    }
}

extension DatasetRestorer? {
    /// Does the work; with a restorer once more, when what it reads was damaged and could be made again.
    ///
    /// - Throws: what the work throws; `WorkerError` that names what cannot be made again, and why.
    func trying<Result>(
        _ need: DatasetRestorer.Need, catalog: DatasetCatalog, context: WorkContext, _ work: () throws -> Result
    ) throws -> Result {
        do {
            return try work()
        } catch let error as DatasetError where error.code == .damaged || error.code == .unreadable {
            guard let self, try self.restore(need, catalog, context) > 0 else { throw error }
            return try work()
        }
    }
}
