import Millrace

/// The messages that an audit is about, each once.
struct AuditEvidence {
    /// By `topic/partition`, in order.
    var seals: [String: [SliceSealed]] = [:]
    var datasets: [DatasetReady] = []
    var labels: [LabelsArrived] = []
    /// The newest of each version.
    var verdicts: [Verdict] = []
    /// The reports of all verdicts on a version.
    var reports: [Int: [FileReference]] = [:]
    var publish = PublishState()
    /// Versions that came back into force after they had been let go of: their data may have expired meanwhile.
    private var returned: Set<Int> = []
    private var seen: Set<String> = []

    static func read(_ connection: PipelineConnection) throws -> AuditEvidence {
        var evidence = AuditEvidence()
        var byVersion: [Int: Verdict] = [:]
        // Datasets first: a slice sealed meanwhile has no dataset yet, and must not look like one that was forgotten.
        let reader = ControlReader(connection)
        for arrow in [Arrow.releases, .datasets, .slices] {
            try reader.readAll([arrow]) { record in
                try evidence.take(record.message, &byVersion)
            }
        }
        evidence.verdicts = byVersion.values.sorted { $0.version < $1.version }
        return evidence
    }

    private mutating func take(_ message: ReceivedMessage, _ verdicts: inout [Int: Verdict]) throws {
        do {
            switch message.envelope.type {
            case SliceSealed.type:
                let seal = try message.payload(SliceSealed.self)
                if isNew(seal) { seals["\(seal.topic)/\(seal.partition)", default: []].append(seal) }
            case DatasetReady.type:
                let dataset = try message.payload(DatasetReady.self)
                if isNew(dataset) { datasets.append(dataset) }
            case LabelsArrived.type:
                let arrived = try message.payload(LabelsArrived.self)
                if isNew(arrived) { labels.append(arrived) }
            default:
                guard let release = try Release(message) else { return }
                let before = publish
                guard publish.fold(release), let verdict = release.verdict else { return }
                if before.versions[verdict.version] != nil, !before.pinned.contains(verdict.version) {
                    returned.insert(verdict.version)
                }
                verdicts[verdict.version] = verdict
                reports[verdict.version, default: []] += verdict.report
            }
        } catch {
            throw OperationsError(.damaged, "a message that the audit needs cannot be read: \(error)")
        }
    }

    /// What retention keeps for the versions in force and those that await approval.
    var pinnedPlans: [RunPlan] {
        publish.pinned.subtracting(returned).compactMap { publish.versions[$0]?.model.plan }
    }

    /// Versions below the newest of which no message says anything.
    var missingVersions: [Int] {
        let known = Set(verdicts.map(\.version))
        return (1..<max(1, publish.nextVersion)).filter { !known.contains($0) }
    }

    private mutating func isNew(_ payload: some Payload) -> Bool {
        seen.insert("\(type(of: payload).type)/\(payload.identity)").inserted
    }
}
