import Foundation
import Millrace

/// The slice files of a process that are being written. Belongs to the output thread, but for `swapPath`.
final class SliceDesk {
    private let folder: String
    /// Where files are until they are complete.
    private let workFolder: String
    private var writers: [Int: SliceFileWriter] = [:]
    private var folders: Set<String> = []

    /// Removes what earlier lives of this instance have left half written.
    /// - Parameters:
    ///   - folder: the pipeline's.
    ///   - instance: this process's, which no other one has that runs.
    init(folder: String, instance: String) throws(FileError) {
        self.folder = folder
        workFolder = "\(folder)/\(SliceFolder.workPath(instance: instance))"
        try? FileManager.default.removeItem(atPath: workFolder)
        try DurableFile.createFolder(workFolder)
    }

    /// A file for rows that leave memory.
    func swapPath(slice: Int) -> String { "\(workFolder)/\(slice).swap" }

    func write(_ chunks: [RowChunk], slice: Int, folder below: String, window: Window) throws {
        let writer = try writer(slice, below, window)
        for chunk in chunks { try writer.write(chunk) }
        CrashPoint.reach("ingest.chunk-written")
    }

    func drop(_ slices: [Int]) {
        for slice in slices { writers[slice] = nil }
    }

    /// Writes what a seal names and makes it durable.
    func write(_ job: SealJob) throws -> SliceSealed {
        let below = SliceFolder.path(topic: job.origin.topic, partition: job.origin.partition)
        var files: [FileReference] = []
        for slice in job.slices {
            let writer = try writer(slice.id, below, slice.footer.window)
            for chunk in slice.chunks { try writer.write(chunk) }
            CrashPoint.reach("ingest.written-before-rename")
            var file = try writer.commit(slice.footer)
            writers[slice.id] = nil
            file.path = "\(below)/\(file.path)"
            files.append(file)
        }
        let ledger = Ledger(
            topic: job.origin.topic, partition: job.origin.partition, sequence: job.seal.sequence,
            firstOffset: job.seal.firstOffset, runs: job.seal.ledger)
        let bytes = ledger.encoded()
        let checksum = Checksum(of: bytes)
        let name = "\(below)/\(SliceFolder.ledgerName(sequence: job.seal.sequence, checksum))"
        try prepare(below)
        try DurableFile.write(bytes, to: "\(folder)/\(name)")
        return job.seal.message(
            job.origin, partitionCount: job.partitionCount, size: job.windowSize, files: files,
            ledger: FileReference(path: name, bytes: bytes.count, sha256: checksum.description))
    }

    func close() { writers.removeAll() }

    private func writer(_ slice: Int, _ below: String, _ window: Window) throws -> SliceFileWriter {
        if let writer = writers[slice] { return writer }
        try prepare(below)
        let writer = try SliceFileWriter(folder: "\(folder)/\(below)", workFolder: workFolder, window: window)
        writers[slice] = writer
        return writer
    }

    private func prepare(_ below: String) throws {
        guard folders.insert(below).inserted else { return }
        try DurableFile.createFolder("\(folder)/\(below)")
    }
}
