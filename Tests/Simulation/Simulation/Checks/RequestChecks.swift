import Kafka
import Millrace
import World

/// Looks whether whoever asked for something was answered, once.
struct RequestChecks {
    let checks: Checks

    func violations() -> [Violation] {
        var answers: [RequestID: Int] = [:]
        for (_, release) in checks.releases {
            if let request = release.request { answers[request, default: 0] += 1 }
        }
        for (message, request) in asked(.requests) {
            let types = [PromoteRequested.type, RollbackRequested.type, HoldRequested.type, ResumeRequested.type]
            guard types.contains(message.envelope.type) else { continue }
            guard answers[request] == 1 else {
                return [
                    Violation(
                        .answered, "\(request.id) (\(message.envelope.type)) has \(answers[request] ?? 0) answers")
                ]
            }
            if let violation = judge(message, request) { return [violation] }
        }
        for (message, request) in asked(.retrain) where message.isA(RetrainRequested.self) {
            let runs = RunChecks(checks).runs(answering: request)
            guard runs.count == 1 else {
                return [Violation(.answered, "\(request.id) is answered by the runs \(runs)")]
            }
        }
        return []
    }

    /// Requests that can be read, those that were sent twice once.
    private func asked(_ arrow: Arrow) -> [(message: ReceivedMessage, request: RequestID)] {
        var seen: Set<RequestID> = []
        return checks.messages(arrow).compactMap { found in
            let request = RequestID(source: found.message.envelope.source, id: found.message.envelope.id)
            guard found.message.envelope.type != DatasetReady.type, seen.insert(request).inserted else { return nil }
            return (found.message, request)
        }
    }

    /// The champion is replaced only by who knew of it.
    private func judge(_ message: ReceivedMessage, _ request: RequestID) -> Violation? {
        let replaces: Int?
        if let promote = try? message.payload(PromoteRequested.self) {
            replaces = promote.replaces
        } else if let rollback = try? message.payload(RollbackRequested.self) {
            replaces = rollback.replaces
        } else {
            return nil
        }
        let answer = checks.releases.first { $0.release.request == request }?.release
        guard let answer, answer.movesChampion, let verdict = answer.verdict, verdict.championBefore != replaces else {
            return nil
        }
        return Violation(
            .aliasAfterRelease,
            "\(request.id) was to replace version \(replaces ?? 0), and replaced \(verdict.championBefore ?? 0)")
    }
}
