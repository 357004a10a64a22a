import CommandLine
import Foundation
import Millrace
import MillraceWorker

/// Sends a request to publish and waits for the release that answers it.
struct ReleaseRequest {
    let arguments: Arguments
    let connection: PipelineConnection

    /// - Parameter payload: made of what `releases` says now.
    func run<P: Payload>(_ payload: (PipelineView) throws -> P) throws -> ExitCode {
        let (view, reader) = try connection.view([.releases])
        let id = try connection.send(try payload(view), to: .requests)
        guard !arguments.flag("no-wait") else {
            if arguments.flag("json") {
                arguments.console.print(["request": .text(id.id), "source": .text(id.source)])
            } else {
                arguments.console.print("Sent as \(id.id). 'millrace models' shows what becomes of it.")
            }
            return .success
        }
        let stop = InterruptSignal.installed()
        let end = ContinuousClock.now + arguments.duration("timeout")
        arguments.console.note("Sent as \(id.id); waiting for the answer …")
        while ContinuousClock.now < end, !stop.isRaised {
            for record in try reader.poll(timeout: .milliseconds(200)) {
                guard let release = try? Release(record.message), release.request == id else { continue }
                return try answer(ReleaseAnswer(release, wasHeld: view.publish.hold != nil), to: release)
            }
        }
        if let reason = stop.reason { return reason.exitCode }
        throw OperationsError(
            .unanswered,
            "Expected an answer within \(Human.duration(arguments.duration("timeout"))), found none. The request stays "
                + "in the topic and is answered when 'publish' runs: see 'millrace status'.")
    }

    private func answer(_ answer: ReleaseAnswer, to release: Release) throws -> ExitCode {
        if arguments.flag("json") {
            arguments.console.print(try CodableText.pretty(answer))
        } else if case .refused(let refused) = release {
            arguments.console.fail("refused (\(refused.reason.code)): \(refused.reason.message)")
        } else {
            arguments.console.print(answer.sentence)
        }
        switch release {
        case .published, .rolledBack, .held, .resumed: return .success
        case .refused, .rejected, .inconclusive, .awaitingApproval: return .failure
        }
    }
}

/// An answer in a few words, for people and for machines.
struct ReleaseAnswer: Encodable {
    var answer: String
    var version: Int?
    var championBefore: Int?
    var champion: Int?
    var reasons: [ReleaseReason]
    /// Of a hold and its end: whether promotion was held before.
    var wasHeld: Bool?

    init(_ release: Release, wasHeld: Bool) {
        let verdict = release.verdict
        version = verdict?.version
        champion = verdict?.champion
        championBefore = verdict?.championBefore
        reasons = verdict?.reasons ?? []
        switch release {
        case .published: answer = "published"
        case .rejected: answer = "rejected"
        case .inconclusive: answer = "inconclusive"
        case .awaitingApproval: answer = "awaiting-approval"
        case .rolledBack: answer = "rolled-back"
        case .refused(let refused):
            answer = "refused"
            champion = refused.champion
            reasons = [refused.reason]
        case .held:
            answer = "held"
            self.wasHeld = wasHeld
        case .resumed:
            answer = "resumed"
            self.wasHeld = wasHeld
        }
    }

    var sentence: String {
        let why = reasons.map { "\n  \($0.code): \($0.message)" }.joined()
        let number = version.map { "version \($0)" } ?? "the version"
        let before = championBefore.map { "version \($0)" } ?? "none"
        switch answer {
        case "published": return "Published: \(number) is the champion (before: \(before))." + why
        case "rolled-back":
            return "Rolled back: \(number) is the champion again (before: \(before)). Automatic promotion is held "
                + "until 'millrace resume'." + why
        case "held":
            return (wasHeld == true ? "Held already, and now for this reason too" : "Held")
                + ": challengers that pass the gate await approval until 'millrace resume'."
        case "resumed":
            return (wasHeld == false ? "Nothing was held" : "Resumed")
                + ": challengers that pass the gate are promoted as the pipeline declares."
        default: return "\(answer.prefix(1).uppercased())\(answer.dropFirst()): \(number) was not promoted." + why
        }
    }
}
