import MillraceCore

/// What the rules say of values at one moment.
struct AlertConditions {
    /// What was so at a look of the last so many seconds is so.
    private static let flicker = 120.0

    /// Those that hold, with the figure that says so.
    private(set) var holding: [AlertKey: Double] = [:]
    /// Of rules, or of one rule's subjects, of which nothing can be said now.
    private var unknown: Set<AlertKey> = []
    private var unknownRules: Set<AlertRule> = []

    func isUnknown(_ key: AlertKey) -> Bool {
        unknown.contains(key) || AlertRule(rawValue: key.alert).map(unknownRules.contains) ?? true
    }

    /// - Parameter patience: all spans by the clock are multiplied by it.
    init(_ values: AlertValues, _ memory: AlertMemory, patience: Double) {
        lag(values, memory, patience)
        windows(values, patience)
        labels(values)
        records(memory)
        learning(values, patience)
        machines(values, memory, patience)
    }

    private mutating func set(_ rule: AlertRule, of subject: String = "", _ value: Double, when isHolding: Bool) {
        if isHolding { holding[AlertKey(rule, subject)] = value }
    }

    private func isOfLastHour(_ time: Timestamp, _ values: AlertValues, _ patience: Double) -> Bool {
        Double((values.time - time).microseconds) / 1e6 <= 3600 * patience
    }

    private mutating func lag(_ values: AlertValues, _ memory: AlertMemory, _ patience: Double) {
        let rules: [AlertRule] = [
            .lagGrowing, .partitionStalled, .partitionStopped, .unreadNearRetention, .recordsLost,
        ]
        for role in Role.stages where !values.groups.contains(where: { $0.role == role }) {
            for rule in rules { unknown.insert(AlertKey(rule, role.rawValue)) }
        }
        for group in values.groups {
            let role = group.role.rawValue
            func count(_ codes: LagVerdict.Code...) -> Double {
                Double(codes.reduce(0) { $0 + (group.partitions[$1] ?? 0) })
            }
            let isGrowing = memory.wasSeen(AlertKey(.lagGrowing, role), seconds: Self.flicker)
            set(.lagGrowing, of: role, max(1, count(.growing)), when: isGrowing)
            if !memory.covers(seconds: Self.flicker) { unknown.insert(AlertKey(.lagGrowing, role)) }
            set(.partitionStalled, of: role, count(.stalled), when: count(.stalled) > 0)
            set(
                .partitionStopped, of: role, count(.stopped, .neverCommitted),
                when: count(.stopped, .neverCommitted) > 0)
            set(.unreadNearRetention, of: role, group.unreadRetained, when: group.unreadRetained < 0.1)
            set(.recordsLost, of: role, Double(group.lost), when: group.lost > 0)
        }
        // What ingest meets at its start is behind it as soon as it commits: then its seals say so.
        let sealed = values.losses.filter { isOfLastHour($0.time, values, patience) }.reduce(0) { $0 + $1.records }
        let key = AlertKey(.recordsLost, Role.ingest.rawValue)
        if sealed > 0 { holding[key] = max(Double(sealed), holding[key] ?? 0) }
    }

    private mutating func windows(_ values: AlertValues, _ patience: Double) {
        if let behind = values.sealed.behindSeconds, let unchanged = values.sealed.unchangedSeconds {
            // By event time, so that a quiet topic is not in arrears; and not while a replay seals all the time.
            set(.noSealedWindow, behind, when: behind > 2 * values.windowSeconds && unchanged > 900 * patience)
        }
        set(.windowQuarantined, 1, when: values.isQuarantined)
    }

    private mutating func labels(_ values: AlertValues) {
        set(.labelsSilent, 1, when: values.labelsAreSilent)
        if let rate = values.matchRate, let minimum = values.minimumMatch {
            set(.labelMatchLow, rate, when: rate < minimum)
        }
    }

    private mutating func records(_ memory: AlertMemory) {
        if !memory.covers(seconds: 900) || memory.ingested(seconds: 900) == nil {
            unknownRules.insert(.deadLettersRising)
        }
        if let dead = memory.deadLetters(seconds: 900), let read = memory.ingested(seconds: 900) {
            set(.deadLettersRising, dead, when: dead > 20 && dead > 0.01 * read)
        }
        if !memory.covers(seconds: AlertMemory.hour) { unknownRules.insert(.lateEventsRising) }
        if let late = memory.lateEvents(seconds: 3600), let sealed = memory.sealedEvents(seconds: 3600) {
            set(.lateEventsRising, late, when: late > 20 && late > 0.01 * sealed)
        }
    }

    private mutating func learning(_ values: AlertValues, _ patience: Double) {
        func isOfLastHour(_ time: Timestamp?) -> Bool { time.map { self.isOfLastHour($0, values, patience) } ?? false }
        set(.runFailed, 1, when: isOfLastHour(values.lastFailedRun))
        set(.approvalWaiting, Double(values.approvalsWaiting), when: values.approvalsWaiting > 0)
        set(.rolledBack, 1, when: isOfLastHour(values.lastRollback))
        if let behind = values.champion.behindSeconds, let unchanged = values.champion.unchangedSeconds {
            // By event time and by the clock: a replay passes years in an hour.
            set(.championStale, behind, when: behind > 90 * 86_400 && unchanged > 86_400 * patience)
        }
    }

    private mutating func machines(_ values: AlertValues, _ memory: AlertMemory, _ patience: Double) {
        for disk in values.disks where disk.sizeBytes > 0 {
            let share = disk.freeBytes / disk.sizeBytes
            let isFilling = (memory.free(disk.name, inSeconds: 4 * 3600) ?? 0) < 0
            set(.diskFilling, of: disk.name, share, when: share < 0.1 || (share < 0.4 && isFilling))
        }
        if !memory.covers(seconds: Self.flicker) { unknownRules.formUnion([.ingestPaused, .roleFailing]) }
        for process in values.processes {
            let keys =
                [AlertKey(.ingestPaused, process.instance)]
                + Role.allCases.map { AlertKey(.roleFailing, "\(process.instance)/\($0.rawValue)") }
            for key in keys where memory.wasSeen(key, seconds: Self.flicker) { holding[key] = 1 }
        }
        if let observed = values.observed {
            let age = Double((values.time - observed).microseconds) / 1e6
            set(.notObserving, age, when: age > 300 * patience)
        }
    }
}
