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
        let expiry = ExpiryAudit(
            pipeline, newest: evidence.datasets.map(\.window.end).max(), pinned: evidence.pinnedPlans)
        let committed = try committedOffsets(evidence)
        let letters = try deadLetters()

        for (name, seals) in evidence.seals.sorted(by: { $0.key < $1.key }) {
            var partition = PartitionAudit(name)
            var rows = SliceAudit()
            for seal in seals {
                // Ledgers are small, and never expire.
                let isThere = check(seal.ledger, of: "\(name) seal \(seal.sequence)", mayBeGone: false)
                let ledger = isThere ? ledger(seal, name, &report) : nil
                partition.add(seal, ledger: ledger)
                if let ledger { rows.add(ledger) }
                for slice in seal.slices {
                    let isWhole = check(
                        slice.file, of: "\(name) \(slice.window)", mayBeGone: expiry.mayRemoveSlice(slice.window))
                    guard isWhole, !isQuick, partition.isComplete else {
                        rows.skip(slice.window)
                        continue
                    }
                    report.faults += self.faults(slice, name, &rows)
                }
            }
            partition.finish(committed: committed[name], deadLetters: letters.map { $0[name] ?? [] })
            report.partitions.append(partition.report)
            report.faults += partition.faults
        }

        var datasets = DatasetAudit()
        for seals in evidence.seals.values { for seal in seals { datasets.add(seal) } }
        for dataset in evidence.datasets {
            datasets.add(dataset)
            for file in dataset.files {
                _ = check(
                    file, of: "dataset \(dataset.window)", mayBeGone: expiry.mayRemoveDataset(dataset.window))
            }
            // Of states only the newest are kept.
            if let state = dataset.state, files.isThere(state) {
                _ = check(state, of: "state after \(dataset.window)", mayBeGone: true)
            }
        }
        for labels in evidence.labels {
            datasets.add(labels)
            guard let file = labels.file else { continue }
            let (owner, mayBeGone) = ("labels \(labels.window)", expiry.mayRemoveLabels(labels.window))
            guard check(file, of: owner, mayBeGone: mayBeGone) else { continue }
            // The message names the manifest, and that the columns.
            do {
                for column in try LabelFile.columns(file, folder: pipeline.folder) {
                    _ = check(column, of: owner, mayBeGone: mayBeGone)
                }
            } catch {
                report.faults.append(.init(.damagedFile, owner, "\(error)"))
            }
        }
        report.faults += datasets.faults()
        report.datasets = evidence.datasets.count

        report.faults += releaseFaults(evidence)
        report.releases = evidence.verdicts.count
        let registry = RegistryAudit(pipeline)
        for verdict in evidence.verdicts {
            for file in verdict.model.files + (evidence.reports[verdict.version] ?? []) {
                _ = check(file, of: "version \(verdict.version)", mayBeGone: isExpired(verdict, evidence))
            }
            if !isQuick, let fault = registry.fault(of: verdict.version) { report.faults.append(fault) }
        }
        report.faults += files.faults
        report.filesChecked = files.checked
        report.bytesChecked = files.bytes
        report.filesExpired = files.expired
        return report
    }

    /// Whether a slice holds the very rows that the ledgers say.
    private func faults(_ slice: SliceSealed.Slice, _ name: String, _ rows: inout SliceAudit) -> [AuditReport.Fault] {
        do {
            let offsets = try SliceFile.offsets(ofFile: "\(pipeline.folder)/\(slice.file.path)")
            guard let fault = rows.check(slice.window, offsets: offsets) else { return [] }
            return [.init(fault.code, name, fault.message)]
        } catch {
            rows.skip(slice.window)
            return [.init(.damagedFile, "\(name) \(slice.window)", "\(error)")]
        }
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

    /// Old versions' files may be gone; those in force and those that await approval may not.
    private func isExpired(_ verdict: Verdict, _ evidence: AuditEvidence) -> Bool {
        guard !evidence.publish.pinned.contains(verdict.version) else { return false }
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
        var faults: [AuditReport.Fault] = evidence.missingVersions.map {
            .init(.missingMessage, "version \($0)", "later versions are there, and no release speaks of this one")
        }
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
