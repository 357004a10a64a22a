import Foundation
import Kafka
import Millrace

/// Proves a pipeline's first promises against its brokers and files: nothing lost, nothing twice, every release leads back
/// to offsets.
public struct Auditor {
    private let connection: PipelineConnection
    private var pipeline: Pipeline { connection.pipeline }

    public init(_ connection: PipelineConnection) { self.connection = connection }

    /// - Parameters:
    ///   - isQuick: compare sizes of files, not checksums.
    ///   - checked: called with each file's size as it has been checked.
    public func audit(isQuick: Bool = false, checked: (Int) -> Void = { _ in }) throws -> AuditReport {
        let evidence = try AuditEvidence.read(connection)
        var report = AuditReport()
        var files = FileAudit(folder: pipeline.folder, isQuick: isQuick)
        func check(_ file: FileReference, of owner: String, mayBeGone: Bool) -> Bool {
            let isWhole = files.check(file, of: owner, mayBeGone: mayBeGone)
            checked(file.bytes)
            return isWhole
        }
        let newest = evidence.seals.values.flatMap { $0 }.map(\.sealedThrough).max() ?? .distantPast
        let committed = try committedOffsets(evidence)
        let letters = try deadLetters()

        for (name, seals) in evidence.seals.sorted(by: { $0.key < $1.key }) {
            var partition = PartitionAudit(name)
            for seal in seals {
                let mayBeGone = seal.sealedThrough + pipeline.retention.slices < newest
                for slice in seal.slices {
                    _ = check(
                        slice.file, of: "\(name) \(slice.window)",
                        mayBeGone: slice.window.end + pipeline.retention.slices < newest)
                }
                let isThere = check(seal.ledger, of: "\(name) seal \(seal.sequence)", mayBeGone: mayBeGone)
                partition.add(seal, ledger: isThere ? ledger(seal, name, &report) : nil)
            }
            partition.finish(committed: committed[name], deadLetters: letters.map { $0[name] ?? [] })
            report.partitions.append(partition.report)
            report.faults += partition.faults
        }

        var datasets = DatasetAudit()
        for seals in evidence.seals.values { for seal in seals { datasets.add(seal) } }
        for dataset in evidence.datasets {
            datasets.add(dataset)
            let mayBeGone = dataset.window.end + pipeline.retention.datasets < newest
            for file in dataset.files { _ = check(file, of: "dataset \(dataset.window)", mayBeGone: mayBeGone) }
        }
        for labels in evidence.labels {
            guard let file = labels.file else { continue }
            _ = check(
                file, of: "labels \(labels.window)",
                mayBeGone: labels.window.end + pipeline.retention.datasets < newest)
        }
        report.faults += datasets.faults()
        report.datasets = evidence.datasets.count

        report.faults += releaseFaults(evidence)
        report.releases = evidence.verdicts.count
        for verdict in evidence.verdicts {
            for file in verdict.model.files {
                _ = check(file, of: "version \(verdict.version)", mayBeGone: isExpired(verdict, evidence))
            }
        }
        report.faults += files.faults
        report.filesChecked = files.checked
        report.bytesChecked = files.bytes
        report.filesExpired = files.expired
        return report
    }

    private func ledger(_ seal: SliceSealed, _ name: String, _ report: inout AuditReport) -> Ledger? {
        let path = "\(pipeline.folder)/\(seal.ledger.path)"
        do {
            return try Ledger(decoding: DurableFile.read(path, limit: 1 << 30), path: path)
        } catch {
            report.faults.append(.init(.damagedFile, "\(name) seal \(seal.sequence)", "\(error)"))
            return nil
        }
    }

    /// Old versions' files may be gone; the champion's and its predecessor's may not.
    private func isExpired(_ verdict: Verdict, _ evidence: AuditEvidence) -> Bool {
        guard verdict.version != evidence.publish.champion, verdict.version != evidence.publish.previous else {
            return false
        }
        return verdict.version <= evidence.publish.nextVersion - 1 - pipeline.retention.models
    }

    private func committedOffsets(_ evidence: AuditEvidence) throws -> [String: Int64] {
        let partitions = evidence.seals.values.compactMap(\.first).map {
            TopicPartition($0.topic, Int32($0.partition))
        }
        let found = try connection.admin.committedOffsets(
            of: Role.ingest.group(of: pipeline.name), partitions: partitions)
        return Dictionary(
            uniqueKeysWithValues: found.map { ("\($0.key.topic)/\($0.key.partition)", $0.value.offset) })
    }

    /// Offsets that ingest set aside, by partition; nil when the oldest letters have expired.
    private func deadLetters() throws -> [String: Set<Int64>]? {
        let topic = TopicPartition(Arrow.deadLetters.topic(of: pipeline.name), 0)
        guard try !connection.admin.describeTopics([topic.topic]).isEmpty else { return [:] }
        if let low = try connection.admin.watermarks([topic])[topic]?.low, low > 0 { return nil }
        var offsets: [String: Set<Int64>] = [:]
        for letter in try DeadLetterReader(connection).all() where letter.stage == .ingest {
            offsets["\(letter.topic)/\(letter.partition)", default: []].insert(letter.offset)
        }
        return offsets
    }

    /// Every release must lead to offsets that are sealed, through datasets that are known.
    private func releaseFaults(_ evidence: AuditEvidence) -> [AuditReport.Fault] {
        var faults: [AuditReport.Fault] = []
        for verdict in evidence.verdicts {
            let place = "version \(verdict.version)"
            let lineage = verdict.model.lineage
            if lineage.offsets.isEmpty {
                faults.append(.init(.unresolvedRelease, place, "its lineage names no offsets"))
            }
            for (partition, offset) in lineage.offsets.sorted(by: { $0.key < $1.key }) {
                guard let seals = evidence.seals[partition] else {
                    faults.append(
                        .init(.unresolvedRelease, place, "its lineage names partition \(partition), which has no seal"))
                    continue
                }
                guard offset <= seals.map(\.nextOffset).max() ?? 0 else {
                    faults.append(
                        .init(
                            .unresolvedRelease, place,
                            "its lineage names offset \(offset) of \(partition), beyond all seals"))
                    continue
                }
            }
            let windows = evidence.datasets.filter { $0.featureHash == verdict.model.featureHash }.map(\.window)
            if !windows.contains(where: { verdict.model.plan.training.contains($0) }) {
                faults.append(
                    .init(
                        .unresolvedRelease, place, "no dataset of its features lies in \(verdict.model.plan.training)"))
            }
        }
        return faults
    }
}
