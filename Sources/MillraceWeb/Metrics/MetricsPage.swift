import Foundation
import Millrace

/// Fills in every metric from what is known.
struct MetricsPage {
    var text = MetricsText()

    init(_ source: any PipelineSource, traffic: Traffic.Count, connections: Int) {
        typealias Catalog = MetricCatalog
        if let snapshot = source.snapshot {
            lag(snapshot.observation)
            if let freshness = snapshot.observation.freshness { self.freshness(freshness) }
            data(snapshot)
            learning(snapshot)
        }
        text.add(Catalog.windowSize, source.windows.size.seconds)
        text.add(Catalog.windowLateness, source.windows.lateness.seconds)
        if let share = source.minimumMatch { text.add(Catalog.labelsMinimum, share) }
        process(source)
        for (key, count) in traffic.requests.sorted(by: { ($0.key.route, $0.key.code) < ($1.key.route, $1.key.code) }) {
            text.add(Catalog.httpRequests, [key.route, String(key.code)], count)
        }
        for (route, histogram) in traffic.seconds.sorted(by: { $0.key < $1.key }) {
            text.add(Catalog.httpSeconds, [route], histogram: histogram)
        }
        text.add(Catalog.httpConnections, connections)
    }

    private mutating func lag(_ observation: Observation) {
        typealias Catalog = MetricCatalog
        var ends: Set<String> = []
        for group in observation.groups {
            for partition in group.partitions {
                let place = [partition.topic, String(partition.partition)]
                let labels = [group.group] + place
                text.add(Catalog.partitionLag, labels, partition.lag)
                text.add(Catalog.partitionOffset, labels, partition.committed)
                text.add(Catalog.partitionLagSeconds, labels, partition.age.seconds)
                guard ends.insert(place.joined(separator: "/")).inserted else { continue }
                text.add(Catalog.partitionEnd, place, partition.end)
                text.add(Catalog.partitionStart, place, partition.low)
            }
            text.add(Catalog.groupLagSeconds, [group.group], group.age.seconds)
            guard let role = group.role?.rawValue else { continue }
            text.add(Catalog.lagRecords, [role], group.lag)
            text.add(Catalog.lagSeconds, [role], group.age.seconds)
            text.add(Catalog.members, [role], group.members)
            let counts = Dictionary(grouping: group.partitions, by: \.verdict.code).mapValues(\.count)
            for code in LagVerdict.Code.allCases {
                text.add(Catalog.verdicts, [role, code.rawValue], counts[code] ?? 0)
            }
            text.add(Catalog.lostRecords, [role], group.lost)
            text.add(Catalog.retentionShare, [role], group.partitions.map(\.unreadRetained).min() ?? 1)
        }
        text.add(Catalog.observed, observation.time.seconds)
    }

    private mutating func freshness(_ freshness: Freshness) {
        typealias Catalog = MetricCatalog
        for reached in freshness.stages {
            let stage = [reached.stage.rawValue]
            text.add(Catalog.stageThrough, stage, reached.through?.seconds)
            text.add(Catalog.stageBehind, stage, reached.behindSeconds)
            text.add(Catalog.stageUnchanged, stage, reached.unchangedSeconds)
        }
        for share in freshness.labels where share.events > 0 {
            text.add(Catalog.labelsKnown, [Words.duration(share.fromSeconds)], share.share)
        }
    }

    private mutating func data(_ snapshot: PipelineSnapshot) {
        typealias Catalog = MetricCatalog
        let view = snapshot.view
        let partitions = view.partitions.values
        for kind in [SliceSealed.Kind.events, .labels] {
            text.add(
                Catalog.sealedRows, [kind.rawValue], partitions.filter { $0.kind == kind }.reduce(0) { $0 + $1.rows })
        }
        let events = partitions.filter { $0.kind == .events }
        text.add(Catalog.lateEvents, events.reduce(0) { $0 + $1.late })
        text.add(Catalog.duplicateEvents, events.reduce(0) { $0 + $1.duplicates })
        text.add(Catalog.deadRecords, partitions.reduce(0) { $0 + $1.dead })
        text.add(Catalog.recordsLost, [Role.ingest.rawValue], partitions.reduce(0) { $0 + $1.lost })
        text.add(Catalog.deadLetters, snapshot.deadLetters)
        text.add(Catalog.datasets, view.datasets.count)
        text.add(Catalog.quarantined, view.quarantined == nil ? 0 : 1)
        guard let labels = view.labels else { return }
        text.add(Catalog.labelsArrived, view.labelTotals.labels)
        text.add(Catalog.labelsUnmatched, view.labelTotals.unmatched)
        text.add(Catalog.labelsMatch, labels.matchRate)
        text.add(Catalog.labelsSilent, labels.isSilent ? 1 : 0)
        text.add(Catalog.labelsMatured, labels.maturedThrough?.seconds)
    }

    private mutating func learning(_ snapshot: PipelineSnapshot) {
        typealias Catalog = MetricCatalog
        var states: [RunSummary.State: Int] = [:]
        var training = Histogram(Catalog.trainingSeconds)
        var whole = Histogram(Catalog.runSeconds)
        for run in snapshot.runs {
            states[run.state, default: 0] += 1
            if let milliseconds = run.milliseconds { training.add(Double(milliseconds) / 1000) }
            if let started = run.started, let ended = run.ended { whole.add((ended - started).seconds) }
        }
        for state in RunSummary.State.allCases {
            if state.isOver {
                text.add(Catalog.runs, [state.rawValue], snapshot.view.outcomes[state] ?? 0)
            } else {
                text.add(Catalog.runsUnderWay, [state.rawValue], states[state] ?? 0)
            }
        }
        text.add(Catalog.trainingSeconds, histogram: training)
        text.add(Catalog.runSeconds, histogram: whole)
        let publish = snapshot.view.publish
        text.add(Catalog.championVersion, publish.champion)
        text.add(Catalog.championSince, snapshot.champion?.decided?.seconds)
        if let gate = snapshot.versions.lazy.compactMap(\.verdict.gate).first {
            for (model, figures) in [("challenger", gate.challenger), ("champion", gate.champion ?? [:])] {
                for (metric, value) in figures.sorted(by: { $0.key < $1.key }) {
                    text.add(Catalog.quality, [model, metric], value)
                }
            }
        }
        for feature in snapshot.drift?.features ?? [] { text.add(Catalog.drift, [feature.feature], feature.index) }
        text.add(Catalog.promotions, publish.sequence)
        text.add(Catalog.rolledBack, publish.versions.values.count { $0.status == .rolledBack })
        text.add(Catalog.approvals, publish.versions.values.count { $0.status == .awaitingApproval })
        text.add(Catalog.held, publish.hold == nil ? 0 : 1)
        for severity in [PipelineStatus.Problem.Severity.blocking, .warning, .attention] {
            text.add(
                Catalog.problems, [severity.rawValue], snapshot.status.problems.count { $0.severity == severity })
        }
    }

    private mutating func process(_ source: any PipelineSource) {
        typealias Catalog = MetricCatalog
        let facts = source.process
        text.add(Catalog.build, [facts.version], 1)
        for role in facts.roles {
            for condition in ["waiting", "idle", "working", "failing"] {
                text.add(Catalog.roleCondition, [role.role.rawValue, condition], role.condition == condition ? 1 : 0)
            }
            text.add(Catalog.roleFailures, [role.role.rawValue], role.failures)
            text.add(Catalog.roleMessages, [role.role.rawValue], role.received)
        }
        if let ingest = facts.ingest {
            text.add(Catalog.ingestRecords, ingest.records)
            text.add(Catalog.ingestBytes, ingest.bytes)
            text.add(Catalog.ingestBudget, ingest.budgetBytes)
            text.add(Catalog.ingestPaused, ingest.paused == nil ? 0 : 1)
        }
        text.add(Catalog.droppedSpans, facts.droppedSpans)
        for folder in source.folders {
            guard let room = DiskRoom(of: folder.path) else { continue }
            text.add(Catalog.diskFree, [folder.name], room.freeBytes)
            text.add(Catalog.diskSize, [folder.name], room.sizeBytes)
        }
        text.add(Catalog.residentBytes, ProcessUsage.residentBytes)
        text.add(Catalog.cpuSeconds, ProcessUsage.cpuSeconds)
        text.add(Catalog.startTime, facts.started.seconds)
    }
}

extension Timestamp {
    /// Since 1970.
    var seconds: Double { Double(microseconds) / 1e6 }
}

extension Duration {
    var seconds: Double { Double(microseconds) / 1e6 }
}
