import Kafka
import Millrace

/// Makes a slice again that is damaged or missing. Its partition's ledgers say which records were its rows; the source
/// topic has them, if its retention has not removed them.
struct SliceRestorer: Sendable {
    private let pipeline: Pipeline
    private let cluster: Cluster
    private let log: Log
    private let seals: SealReader

    init(pipeline: Pipeline, cluster: Cluster, log: Log) {
        self.pipeline = pipeline
        self.cluster = cluster
        self.log = log
        seals = SealReader(pipeline: pipeline, cluster: cluster)
    }

    /// - Throws: `WorkerError` that says why it cannot be made again, and what can be done.
    func restore(_ share: SliceLedger.Share) throws {
        let path = "\(pipeline.folder)/\(share.slice.file.path)"
        do {
            let offsets = try seals.book(for: [share]).offsets(of: [share], folder: pipeline.folder)
            // Kept for whoever wants to know what happened to it. If it cannot be moved it cannot be replaced either,
            // which is said below.
            try? DurableFile.rename(path, to: "\(path).damaged")
            let maker = SliceMaker(
                pipeline: pipeline, folder: pipeline.folder, settings: cluster.settings(for: "transform.restore"))
            try maker.make([.init(share: share, offsets: offsets[share.slice.window] ?? [])]) { _, made in
                guard made.sha256 != share.slice.file.sha256 else { return }
                if made.path != share.slice.file.path { try DurableFile.remove("\(pipeline.folder)/\(made.path)") }
                throw WorkerError(
                    .damagedFile,
                    "its records have become other rows: expected SHA-256 \(share.slice.file.sha256), found "
                        + "\(made.sha256); was the pipeline's schema changed?")
            }
            log.info(
                "transform", "made a slice again, byte for byte",
                ["path": share.slice.file.path, "rows": share.slice.rows])
        } catch {
            throw WorkerError(
                .damagedFile,
                "\(path) is damaged or gone, and cannot be made again from \(share.topic)/\(share.partition): "
                    + "\((error as? WorkerError)?.message ?? "\(error)"). Put a copy of the file back, or begin anew under "
                    + "another pipeline name")
        }
    }
}
