import Millrace

extension PublishHandler {
    /// A release and the aliases that it moves.
    func records(of release: Release, causedBy inquiry: Inquiry) throws(MessageError) -> [OutgoingRecord] {
        let cause = inquiry.record.message.envelope
        func encode(
            _ payload: some Payload, to arrow: Arrow, subject: String?, run: String?, cause: String?
        ) throws(MessageError) -> OutgoingRecord {
            var record = try MessageCodec.encode(
                payload, pipeline: pipeline.name, from: Role.publish.source(of: pipeline.name), to: arrow,
                subject: subject, correlationID: run, causationID: cause, time: .now)
            record.trace(
                after: inquiry.cause, seed: "\(pipeline.name)\n\(inquiry.record.message.envelope.id)",
                sample: pipeline.tracing.sample, now: .now)
            return record
        }
        let verdict = release.verdict
        var records = [
            try encode(
                release.payload, to: .releases, subject: verdict.map { String($0.version) }, run: verdict?.run,
                cause: cause.id)
        ]
        let id = release.id(pipeline: pipeline.name)
        for alias in machine.aliases(movedBy: release, releaseID: id) {
            var record = try encode(alias, to: .aliases, subject: alias.alias, run: alias.run, cause: id)
            // The topic is compacted: the newest record of each alias stays.
            record.key = Array("\(pipeline.name)/\(alias.alias)".utf8)
            records.append(record)
        }
        return records
    }

    func deadLetter(_ inquiry: Inquiry, _ failure: ReleaseReason) -> OutgoingRecord {
        let message = inquiry.record.message
        return DeadLetter(
            topic: inquiry.record.arrow.topic(of: pipeline.name), partition: 0, offset: inquiry.offset,
            timestampMilliseconds: inquiry.record.timestampMilliseconds, stage: .publish, code: failure.code,
            message: failure.message, key: Array(pipeline.name.utf8), value: Array(message.data),
            headers: [.init("ce_id", message.envelope.id), .init("ce_type", message.envelope.type)]
        ).record(pipeline: pipeline.name, payload: pipeline.deadLetters.payload)
    }

    // MARK: The registry's folder

    func apply(_ release: Release, offset: Int64) {
        do {
            try projection.apply(release, offset: offset)
        } catch {
            fellBehind(error)
        }
    }

    func settle() {
        (isBehind, whyBehind) = (false, nil)
        do {
            try projection.settle()
        } catch {
            fellBehind(error)
        }
    }

    func fellBehind(_ error: RegistryError) {
        // Releases that fail meanwhile do not put off the next trial, however quickly they follow each other.
        if !isBehind { nextSettle = .now + .seconds(10) }
        (isBehind, whyBehind) = (true, error.message)
        log.error("publish", "the registry cannot follow the releases; trying again", ["error": error])
    }

    // MARK: Saying so

    func announce(_ release: Release) {
        let reasons = release.verdict?.reasons.map(\.message).joined(separator: "; ") ?? ""
        switch release {
        case .published(let verdict): say("model published", verdict, reasons)
        case .rejected(let verdict): say("model rejected", verdict, reasons)
        case .inconclusive(let verdict): say("model inconclusive", verdict, reasons)
        case .awaitingApproval(let verdict): say("model awaits approval", verdict, reasons)
        case .rolledBack(let verdict): say("rolled back; promotion is held until resumed", verdict, reasons)
        case .refused(let refused):
            log.warning(
                "publish", "request refused",
                [
                    "request": refused.request.id, "type": refused.requestType, "requester": refused.requester,
                    "reason": refused.reason.message,
                ])
        case .held(let held):
            log.info("publish", "promotion held", ["request": held.request.id, "requester": held.requester])
        case .resumed(let resumed):
            log.info(
                "publish", "promotion resumed", ["request": resumed.request.id, "requester": resumed.requester])
        }
    }

    private func say(_ message: String, _ verdict: Verdict, _ reasons: String) {
        log.info(
            "publish", message,
            [
                "run": verdict.run, "version": verdict.version, "request": verdict.request?.id ?? "",
                "champion": verdict.champion.map(String.init) ?? "none", "reasons": reasons,
            ])
    }
}
