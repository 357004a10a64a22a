import Kafka
import Millrace
import World

// Those who ask things of the pipeline, and those who answer when it asks.
extension Theatre {
    private static let source = "/people/simulated"

    // MARK: Asking

    func ask(_ request: Request) {
        world.tell(request.words)
        figures.note(request.name)
        if request.isTwice { figures.note("request sent twice") }
        requests += 1
        let id = "request-\(requests)"
        for _ in 0..<(request.isTwice ? 2 : 1) { send(request.kind, id: id) }
        mind(0)
    }

    private func send(_ kind: Request.Kind, id: String) {
        let reason = "simulated"
        let state = publishState
        func champion(_ isStale: Bool) -> Int? { isStale ? (state.champion ?? 0) + 1 : state.champion }
        switch kind {
        case .retrain(let isDryRun):
            send(RetrainRequested(reason: reason, requester: "x", dryRun: isDryRun ? true : nil), id, to: .retrain)
        case .promote(let isForced, let isStale):
            let number = state.versions.keys.filter { $0 != state.champion }.max() ?? 1
            send(
                PromoteRequested(
                    version: number, replaces: champion(isStale), requester: "x", reason: reason,
                    force: isForced ? true : nil), id, to: .requests)
        case .rollBack(let isStale):
            send(RollbackRequested(replaces: champion(isStale), requester: "x", reason: reason), id, to: .requests)
        case .hold: send(HoldRequested(requester: "x", reason: reason), id, to: .requests)
        case .resume: send(ResumeRequested(requester: "x", reason: reason), id, to: .requests)
        case .rubbish(let number): sendRubbish(number)
        }
    }

    private func send(_ payload: some Payload, _ id: String, to arrow: Arrow) {
        let envelope = Envelope(id: id, type: type(of: payload).type, source: Self.source)
        guard let record = try? MessageCodec.encode(payload, envelope: envelope, pipeline: pipeline.name, to: arrow)
        else { preconditionFailure("a request cannot be written") }
        append(to: arrow, value: record.value, headers: record.headers.map { Header($0.name, $0.value) })
    }

    private func append(to arrow: Arrow, value: [UInt8]?, headers: [Header] = []) {
        guard broker.topics[arrow.topic(of: pipeline.name)] != nil else { return }
        broker.append(
            to: TopicPartition(arrow.topic(of: pipeline.name), 0), value: value, headers: headers,
            timestampMilliseconds: Timestamp.now.microseconds / 1000)
    }

    private func sendRubbish(_ number: Int) {
        let arrow = [Arrow.slices, .datasets, .retrain, .models, .requests][number]
        switch world.dice.below(3) {
        case 0: append(to: arrow, value: Array("{\"window\":".utf8))
        case 1: append(to: arrow, value: nil)
        default:
            append(
                to: arrow, value: Array("{}".utf8),
                headers: [
                    Header("ce_specversion", "1.0"), Header("ce_id", "x"), Header("ce_source", Self.source),
                    Header("ce_type", DatasetReady.type),
                ])
        }
    }

    private var publishState: PublishState {
        var state = PublishState()
        for (_, release) in checks.releases { state.fold(release) }
        return state
    }

    // MARK: Answering

    /// Somebody looks now and then whether anything waits for a person.
    func attend() {
        guard scenario.cast == .all, !scenario.traits.isDisjoint(with: [.rules, .approval]), !isClosing else { return }
        world.after(world.dice.within(1_000_000_000...4_000_000_000)) { [self] in
            guard !isClosing else { return }
            if scenario.traits.contains(.rules) { decideQuarantine() }
            if scenario.traits.contains(.approval) { decideApproval() }
            attend()
        }
    }

    /// The window that is in quarantine and that nobody has decided upon.
    var quarantined: Window? {
        let found = checks.messages(.datasets).compactMap { try? $0.message.payload(DatasetQuarantined.self) }.last
        return found.map(\.window).flatMap { decidedWindows.contains($0) ? nil : $0 }
    }

    private func decideQuarantine() {
        guard let window = quarantined else { return }
        decidedWindows.insert(window)
        let isSkip = world.dice.one(in: 3)
        figures.note(isSkip ? "quarantine skipped" : "quarantine released")
        world.tell("somebody \(isSkip ? "skips" : "releases") \(window)")
        requests += 1
        for _ in 0..<(world.dice.one(in: 3) ? 2 : 1) {
            if isSkip {
                send(QuarantineSkip(window: window, requester: "x", reason: "x"), "request-\(requests)", to: .requests)
            } else {
                send(
                    QuarantineRelease(window: window, requester: "x", reason: "x"), "request-\(requests)",
                    to: .requests)
            }
        }
        mind(1)
    }

    private func decideApproval() {
        let state = publishState
        let waiting = state.versions.values.filter { $0.status == .awaitingApproval }.map(\.number).max()
        guard let waiting, decidedVersions.insert(waiting).inserted, !world.dice.one(in: 3) else { return }
        figures.note("approval given")
        requests += 1
        send(
            PromoteRequested(version: waiting, replaces: state.champion, requester: "x", reason: "x"),
            "request-\(requests)", to: .requests)
        mind(1)
    }
}
