public import Millrace

extension PipelineStatus {
    /// What a status is made of.
    public struct Evidence: Sendable {
        public var pipeline: Pipeline
        public var view: PipelineView
        public var lags: [GroupObservation]
        /// What of them could not be read.
        public var trouble: [String]
        public var processes: [StatusFile.Content]
        public var deadLetters: Int64

        public init(
            pipeline: Pipeline, view: PipelineView, lags: [GroupObservation], trouble: [String],
            processes: [StatusFile.Content], deadLetters: Int64
        ) {
            self.pipeline = pipeline
            self.view = view
            self.lags = lags
            self.trouble = trouble
            self.processes = processes
            self.deadLetters = deadLetters
        }
    }

    public init(_ evidence: Evidence) {
        let processes = evidence.processes.map { content in
            let roles = content.roles.map(\.role.rawValue).joined(separator: ",")
            return "instance \(content.instance) (process \(content.process): \(roles))"
        }
        let stages = Role.stages.map { role in
            let lag = evidence.lags.first { $0.role == role }
            let health = evidence.processes.lazy.flatMap(\.roles).first { $0.role == role }
            return Stage(
                role: role,
                condition: health.map {
                    $0.detail.isEmpty ? $0.condition.rawValue : "\($0.condition.rawValue): \($0.detail)"
                },
                lag: lag?.lag, lagSeconds: lag?.age.seconds,
                reached: evidence.reached(role))
        }
        self.init(
            pipeline: evidence.pipeline.name, processes: processes, stages: stages,
            champion: evidence.view.publish.champion,
            freshness: Freshness(view: evidence.view, processes: evidence.processes, now: .now),
            problems: evidence.roleProblems + evidence.flowProblems + evidence.clockProblems
                + evidence.learningProblems)
    }
}

extension PipelineStatus.Evidence {
    func reached(_ role: Role) -> String {
        switch role {
        case .ingest:
            let partitions = view.partitions.values
            guard let least = partitions.map(\.sealedThrough).min() else { return "no window sealed yet" }
            let rows = partitions.filter { $0.kind == .events }.reduce(0) { $0 + $1.rows }
            return "sealed through \(least), \(rows) events in \(partitions.reduce(0) { $0 + $1.slices }) slices"
        case .transform:
            guard let last = view.currentDatasets.last else { return "no dataset yet" }
            let matured = view.labels?.maturedThrough.map { ", labels matured through \($0)" } ?? ""
            return "\(view.currentDatasets.count) datasets through \(last.window.end)" + matured
        case .train:
            guard let last = view.runs.last else { return "no run yet" }
            return "\(view.runs.count) runs, the last \(last.state.rawValue)" + (last.asOf.map { " as of \($0)" } ?? "")
        case .publish:
            guard let champion = view.publish.champion, let version = view.publish.versions[champion] else {
                return view.publish.versions.isEmpty ? "no version yet" : "no champion yet"
            }
            return "champion \(champion), trained on \(version.model.plan.training)"
        case .observe: return ""
        }
    }

    /// Roles that fail, wait, or that nobody runs.
    var roleProblems: [PipelineStatus.Problem] {
        var problems: [PipelineStatus.Problem] = []
        let states = processes.flatMap(\.roles)
        for state in states where state.condition == .failing {
            problems.append(
                .init(.blocking, "\(state.role.rawValue) fails: \(state.detail)", next: "millrace check --live"))
        }
        for state in states where state.condition == .waiting && !Self.passingWaits.contains(state.detail) {
            problems.append(.init(.blocking, "\(state.role.rawValue) waits: \(state.detail)"))
        }
        for lag in lags where lag.lag > 0 && !states.contains(where: { $0.role == lag.role }) {
            guard isUnread(lag), let role = lag.role else { continue }
            problems.append(
                .init(
                    .blocking,
                    "nobody runs \(role.rawValue): \(lag.lag) messages of its group \(lag.group) wait",
                    next: "millrace run --roles \(role.rawValue)"))
        }
        for trouble in trouble {
            problems.append(.init(.warning, "the lag is not known in full: \(trouble)", next: "millrace check --live"))
        }
        for lag in lags where lag.lost > 0 {
            problems.append(
                .init(
                    .warning,
                    "\(lag.lost) messages were removed by the topic's retention before "
                        + "\(lag.role?.rawValue ?? lag.group) read them",
                    next: "millrace lag"))
        }
        return problems
    }

    /// What every start of a role goes through, and what a second process waits in for ever.
    private static let passingWaits: Set<String> = [
        "", "joining the group", "reading what has been decided", "another process has this role",
    ]

    /// Whether no process anywhere reads what a group is behind in. Brokers know members on other machines; an embedded
    /// one cannot say, but has one process only.
    private func isUnread(_ lag: GroupObservation) -> Bool {
        guard lag.partitions.allSatisfy({ $0.owner == nil }) else { return false }
        return switch lag.state {
        case "Empty", "Dead": true
        case "Unknown": processes.isEmpty || pipeline.kafka.isEmbedded
        default: false
        }
    }

    /// The window that is waited for, and by whom.
    var flowProblems: [PipelineStatus.Problem] {
        var problems: [PipelineStatus.Problem] = []
        if let quarantined = view.quarantined {
            let rules = quarantined.violations.map { "\($0.rule): \($0.message)" }.joined(separator: "; ")
            problems.append(
                .init(
                    .blocking, "window \(quarantined.window) is in quarantine, and later ones wait behind it: \(rules)",
                    next: "millrace quarantine list"))
        }
        if let holding { problems.append(holding) }
        if deadLetters > 0 {
            problems.append(
                .init(
                    .warning, "\(deadLetters) dead letters: records that could not be handled",
                    next: "millrace dead-letters --summary"))
        }
        if view.unreadable > 0 {
            problems.append(.init(.warning, "\(view.unreadable) control messages could not be understood"))
        }
        return problems
    }

    /// Partitions that are more than a window behind the furthest partition of events. Labels that go on after the last
    /// event wait for nobody.
    private var holding: PipelineStatus.Problem? {
        let sealed = view.partitions.values
        guard let newest = sealed.filter({ $0.kind == .events }).map(\.sealedThrough).max() else { return nil }
        // What has never been sealed is known to the brokers alone.
        let unsealed = lags.filter { $0.role == .ingest }.flatMap(\.partitions).map {
            "\($0.topic)/\($0.partition)"
        }.filter { view.partitions[$0] == nil }
        let behind = sealed.filter { $0.sealedThrough + pipeline.windows.size < newest }
        let names = (behind.map(\.name) + unsealed).sorted().joined(separator: ", ")
        if !unsealed.isEmpty {
            return .init(
                .blocking,
                "the first window waits for \(names): nothing of \(unsealed.sorted().joined(separator: ", ")) is sealed "
                    + "yet, others through \(newest). A partition that stays empty is passed over after "
                    + "windows.idle (\(DurationText.format(pipeline.windows.idle))) while events go on elsewhere",
                next: "millrace lag --group ingest")
        }
        guard let least = behind.map(\.sealedThrough).min() else { return nil }
        let window = Window(holding: least, size: pipeline.windows.size)
        return .init(
            .blocking, "window \(window) waits for \(names): sealed through \(least), the others through \(newest)",
            next: "millrace lag --group ingest")
    }

    /// Labels, runs and verdicts.
    var learningProblems: [PipelineStatus.Problem] {
        var problems: [PipelineStatus.Problem] = []
        if let labels = view.labels {
            if labels.isSilent {
                let since = labels.lastKnown.map { "\($0)" } ?? "ever"
                problems.append(
                    .init(
                        .blocking,
                        "no label has become known since \(since): maturity stands still, and runs are refused"))
            }
            if let rate = labels.matchRate, let declared = pipeline.labels, rate < declared.minimumMatch {
                let percent = Int((rate * 100).rounded())
                problems.append(
                    .init(
                        .blocking,
                        "\(percent) % of the labels name an event that was seen, at least "
                            + "\(Int((declared.minimumMatch * 100).rounded())) % are needed: do ids of both topics agree?"
                    ))
            }
        }
        if let last = view.runs.last(where: { $0.state != .merged && $0.state != .queued }),
            last.state == .refused || last.state == .failed, let reason = last.reasons.first
        {
            problems.append(
                .init(
                    reason.code == RunRefusal.Code.warmingUp.rawValue || reason.code == RunRefusal.Code.noData.rawValue
                        ? .attention : .warning,
                    "the last run was \(last.state.rawValue) (\(reason.code)): \(reason.message)",
                    next: "millrace runs \(last.run)"))
        }
        for version in view.publish.versions.values.sorted(by: { $0.number < $1.number })
        where version.status == .awaitingApproval {
            problems.append(
                .init(
                    .attention,
                    "version \(version.number) passed the gate and awaits approval"
                        + (version.expires.map { " until \($0) of event time" } ?? ""),
                    next: "millrace promote \(version.number)"))
        }
        if let hold = view.publish.hold {
            problems.append(
                .init(.attention, "automatic promotion is held: \(hold)", next: "millrace resume --reason …"))
        }
        return problems
    }
}
