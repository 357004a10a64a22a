import Millrace
import Testing

@Suite struct AlertMachineTests {
    /// A cause that holds until it is taken away, or that happens a little at every look.
    struct Cause: Sendable, CustomTestStringConvertible {
        var rule: AlertRule
        var subject = ""
        var begin: @Sendable (inout AlertValues) -> Void
        /// Changes nothing that would not be so in health.
        var near: @Sendable (inout AlertValues) -> Void
        /// Longer than the span: until the condition itself is reached, and to be forgotten.
        var extra = Duration.zero
        var memory = Duration.zero
        var testDescription: String { rule.rawValue }

        static func group(
            _ rule: AlertRule, _ role: Role, _ begin: @escaping @Sendable (inout AlertValues.Group) -> Void,
            near: @escaping @Sendable (inout AlertValues.Group) -> Void, memory: Duration = .zero
        ) -> Cause {
            let index = Role.stages.firstIndex(of: role)!
            return Cause(
                rule: rule, subject: role.rawValue, begin: { begin(&$0.groups[index]) },
                near: { near(&$0.groups[index]) }, memory: memory)
        }
    }

    static let causes: [Cause] = [
        .group(
            .lagGrowing, .ingest, { $0.partitions[.growing] = 2 }, near: { $0.partitions[.catchingUp] = 4 },
            memory: .seconds(120)),
        .group(.partitionStalled, .train, { $0.partitions[.stalled] = 1 }, near: { $0.partitions[.watching] = 4 }),
        .group(.partitionStopped, .transform, { $0.partitions[.stopped] = 1 }, near: { $0.partitions[.rewound] = 4 }),
        .group(
            .partitionStopped, .publish, { $0.partitions[.neverCommitted] = 1 }, near: { $0.partitions[.ok] = 0 }),
        .group(.unreadNearRetention, .ingest, { $0.unreadRetained = 0.09 }, near: { $0.unreadRetained = 0.1 }),
        .group(.recordsLost, .ingest, { $0.lost = 1 }, near: { $0.lost = 0 }),
        Cause(
            rule: .recordsLost, subject: "ingest", begin: { $0.losses = [.init(time: $0.time, records: 9)] },
            near: { $0.losses = [.init(time: $0.time - .seconds(3601), records: 9)] }, memory: .seconds(3600)),
        Cause(
            rule: .noSealedWindow, begin: { $0.sealed = .init(behindSeconds: 8401, unchangedSeconds: 901) },
            near: { $0.sealed = .init(behindSeconds: 8400, unchangedSeconds: 1e6) }),
        Cause(
            rule: .noSealedWindow, begin: { $0.sealed = .init(behindSeconds: 1e6, unchangedSeconds: 901) },
            // A replay is years behind, and seals all the time.
            near: { $0.sealed = .init(behindSeconds: 1e8, unchangedSeconds: 900) }),
        Cause(rule: .windowQuarantined, begin: { $0.isQuarantined = true }, near: { _ in }),
        Cause(rule: .labelsSilent, begin: { $0.labelsAreSilent = true }, near: { _ in }),
        Cause(rule: .labelMatchLow, begin: { $0.matchRate = 0.89 }, near: { $0.matchRate = 0.9 }),
        Cause(
            rule: .deadLettersRising, begin: { $0.deadLetters! += 2 }, near: { $0.deadLetters! += 1 },
            extra: .seconds(180), memory: .seconds(900)),
        Cause(
            rule: .lateEventsRising, begin: { $0.lateEvents += 2 }, near: { $0.lateEvents += 1 },
            extra: .seconds(180), memory: .seconds(3600)),
        Cause(
            rule: .runFailed, begin: { $0.lastFailedRun = $0.time }, near: { _ in }, memory: .seconds(3600)),
        Cause(rule: .approvalWaiting, begin: { $0.approvalsWaiting = 1 }, near: { _ in }),
        Cause(rule: .rolledBack, begin: { $0.lastRollback = $0.time }, near: { _ in }, memory: .seconds(3600)),
        Cause(
            rule: .championStale,
            begin: { $0.champion = .init(behindSeconds: 91 * 86_400, unchangedSeconds: 86_401) },
            near: { $0.champion = .init(behindSeconds: 91 * 86_400, unchangedSeconds: 86_400) }),
        Cause(
            rule: .championStale,
            begin: { $0.champion = .init(behindSeconds: 90 * 86_400 + 1, unchangedSeconds: 1e7) },
            near: { $0.champion = .init(behindSeconds: 90 * 86_400, unchangedSeconds: 1e7) }),
        Cause(
            rule: .diskFilling, subject: "0/pipeline", begin: { $0.disks[0].freeBytes = 9e9 },
            near: { $0.disks[0].freeBytes = 41e9 }),
        Cause(
            // 48 MB every 15 seconds fill 38 GB in three and a half hours.
            rule: .diskFilling, subject: "0/pipeline",
            begin: { $0.disks[0].freeBytes = min(39e9, $0.disks[0].freeBytes) - 48e6 },
            near: { $0.disks[0].freeBytes -= 10e6 }, extra: .seconds(3600), memory: .seconds(3600)),
        Cause(
            rule: .ingestPaused, subject: "0", begin: { $0.processes[0].isPaused = true }, near: { _ in },
            memory: .seconds(120)),
        Cause(
            rule: .roleFailing, subject: "0/publish", begin: { $0.processes[0].failing = [.publish] }, near: { _ in },
            memory: .seconds(120)),
        Cause(
            rule: .notObserving, begin: { $0.observed = AlertTimeline().start + .seconds(7200) },
            near: { $0.observed = $0.time - .seconds(300) }, extra: .seconds(315)),
    ]

    @Test(arguments: causes)
    func `A rule fires for its cause, once, after its span and not before, and is over when the cause is`(cause: Cause)
    {
        var timeline = AlertTimeline()
        timeline.run(.seconds(7200), cause.near)
        #expect(timeline.firing.isEmpty && timeline.changes.isEmpty)

        timeline.run(cause.rule.span - .seconds(15), cause.begin)
        #expect(timeline.firing.isEmpty)
        timeline.run(.seconds(30) + cause.extra, cause.begin)
        let key = AlertKey(cause.rule, cause.subject)
        #expect(timeline.firing == [key])
        timeline.run(.seconds(1800), cause.begin)
        #expect(timeline.fired.map(\.key) == [key] && timeline.resolved.isEmpty)
        #expect(timeline.fired.first?.severity == cause.rule.severity)
        #expect(timeline.fired.first?.number == 1)

        let healthy = AlertTimeline.healthy(timeline.start)
        timeline.run(cause.memory + .seconds(15)) { values in
            (values.groups, values.disks, values.processes) = (healthy.groups, healthy.disks, healthy.processes)
            (values.sealed, values.champion, values.matchRate) = (healthy.sealed, healthy.champion, healthy.matchRate)
            (values.isQuarantined, values.labelsAreSilent, values.approvalsWaiting) = (false, false, 0)
        }
        #expect(timeline.firing.isEmpty)
        #expect(timeline.resolved.map(\.key) == [key] && timeline.resolved.first?.number == 1)
        timeline.run(.seconds(7200))
        #expect(timeline.changes.count == 2)
    }

    @Test func `Every rule has a cause here`() {
        #expect(Set(Self.causes.map(\.rule)) == Set(AlertRule.allCases))
    }

    @Test func `A healthy day fires nothing`() {
        var timeline = AlertTimeline()
        timeline.run(.seconds(86_400))
        #expect(timeline.changes.isEmpty)
    }

    @Test func `A cause that goes before the span is over fires nothing, however often it comes back`() {
        var timeline = AlertTimeline()
        for _ in 0..<20 {
            timeline.run(.seconds(240)) { $0.groups[0].partitions[.stopped] = 1 }
            timeline.run(.seconds(15)) { $0.groups[0].partitions[.stopped] = 0 }
        }
        #expect(timeline.changes.isEmpty)
    }

    @Test func `What flickers is remembered over looks at which it happens not to be seen`() {
        var timeline = AlertTimeline()
        timeline.run(.seconds(300))
        var isSeen = false
        timeline.run(.seconds(700)) { values in
            isSeen.toggle()
            values.groups[0].partitions[.growing] = isSeen ? 1 : 0
            values.processes[0].isPaused = isSeen
            values.processes[0].failing = isSeen ? [.train] : []
        }
        let expected = [
            AlertKey(.lagGrowing, "ingest"), AlertKey(.ingestPaused, "0"), AlertKey(.roleFailing, "0/train"),
        ]
        #expect(Set(timeline.firing) == Set(expected) && timeline.fired.count == 3)
    }

    @Test func `What is not known fires nothing and ends nothing`() {
        var timeline = AlertTimeline()
        timeline.run(.seconds(3600)) { values in
            let time = values.time
            values = AlertValues(time: time)
            values.observed = time
        }
        #expect(timeline.changes.isEmpty)
        timeline.values = AlertTimeline.healthy(timeline.values.time)
        timeline.run(.seconds(400)) { $0.groups[0].partitions[.stopped] = 1 }
        #expect(timeline.firing.count == 1)
        timeline.run(.seconds(400)) { values in values.groups.removeAll { $0.role == .ingest } }
        #expect(timeline.firing.count == 1)
    }

    @Test func `A machine that begins again with the topic goes on where the former stopped`() {
        var first = AlertTimeline()
        first.run(.seconds(7200))
        first.run(.seconds(600)) { values in
            values.groups[1].partitions[.stopped] = 1
            values.deadLetters! += 5
        }
        let firing = [AlertKey(.deadLettersRising), AlertKey(.partitionStopped, "transform")]
        #expect(Set(first.firing) == Set(firing))

        // Nothing is fired again; what was read from the past alone is not over as long as the past is not known.
        var second = AlertTimeline(book: first.machine.book)
        second.values = first.values
        second.run(.seconds(600))
        #expect(second.changes.isEmpty)
        second.values.groups[1].partitions[.stopped] = 0
        second.run(.seconds(600))
        #expect(second.firing.isEmpty && second.resolved.count == 2)

        // The next occurrence has the next number, and so another id.
        second.run(.seconds(600)) { $0.groups[1].partitions[.stopped] = 1 }
        #expect(second.fired.map(\.number) == [2])
        let ids = (first.fired + second.fired).map { MessageCodec.id(of: $0, pipeline: "cards") }
        #expect(Set(ids).count == 3)
    }

    @Test func `Two processes that see the same send the same message, and one ends what the other began`() {
        var one = AlertTimeline(instance: "a")
        var other = AlertTimeline(instance: "b", every: .seconds(20))
        one.run(.seconds(400)) { $0.isQuarantined = true }
        other.run(.seconds(400)) { $0.isQuarantined = true }
        #expect(
            one.fired.map { MessageCodec.id(of: $0, pipeline: "p") }
                == other.fired.map { MessageCodec.id(of: $0, pipeline: "p") })
        var third = AlertTimeline(instance: "c", book: one.machine.book)
        third.run(.seconds(60))
        #expect(third.resolved.map(\.key) == [AlertKey(.windowQuarantined)])
        // What is about a machine is ended by nobody else.
        one.run(.seconds(900)) { $0.disks[0].freeBytes = 1 }
        var fourth = AlertTimeline(instance: "d", book: one.machine.book)
        fourth.run(.seconds(7200)) { $0.disks = [] }
        #expect(fourth.firing.contains(AlertKey(.diskFilling, "0/pipeline")))
    }

    @Test func `What is muted is quiet, and spans stretch with patience`() {
        var timeline = AlertTimeline { $0.mute = [.windowQuarantined] }
        timeline.run(.seconds(3600)) { $0.isQuarantined = true }
        #expect(timeline.changes.isEmpty)
        var firing = AlertTimeline()
        firing.run(.seconds(120)) { $0.isQuarantined = true }
        var muted = AlertTimeline(book: firing.machine.book) { $0.mute = [.windowQuarantined] }
        muted.run(.seconds(15)) { $0.isQuarantined = true }
        #expect(muted.firing.isEmpty && muted.resolved.count == 1)

        var patient = AlertTimeline { $0.patience = 10 }
        patient.run(.seconds(590)) { $0.isQuarantined = true }
        #expect(patient.changes.isEmpty)
        patient.run(.seconds(30)) { $0.isQuarantined = true }
        #expect(patient.firing.count == 1)
    }

    @Test func `Whoever looks says so every few minutes, and as long as brokers do not answer nobody does`() {
        var timeline = AlertTimeline()
        var signs: [AlertObserved] = []
        func looking(_ duration: Duration) {
            timeline.run(duration)
            // Asked at each look, it answers when it is time.
            if let sign = timeline.machine.signOfLife(timeline.values) { signs.append(sign) }
        }
        for _ in 0..<240 { looking(.seconds(15)) }
        #expect(signs.count == 12)
        #expect(zip(signs, signs.dropFirst()).allSatisfy { $1.time - $0.time == .seconds(300) })
        func isObserved() -> Bool {
            timeline.machine.book.isObserved(at: timeline.values.time, patience: 1, interval: .seconds(15))
        }
        #expect(isObserved())
        timeline.isObserving = false
        for _ in 0..<20 { looking(.seconds(15)) }
        #expect(isObserved())
        for _ in 0..<40 { looking(.seconds(15)) }
        #expect(signs.count <= 13 && !isObserved())
        timeline.isObserving = true
        looking(.seconds(15))
        #expect(isObserved() && signs.last?.time == timeline.values.time)

        // Another process that reads the topic has no need to say it too.
        var other = AlertTimeline(instance: "1", book: timeline.machine.book)
        other.run(.zero)
        other.values.observed = signs.last!.time + .seconds(299)
        #expect(other.machine.signOfLife(other.values) == nil)
        other.values.observed = signs.last!.time + .seconds(300)
        #expect(other.machine.signOfLife(other.values)?.observer == "1")
    }
}
