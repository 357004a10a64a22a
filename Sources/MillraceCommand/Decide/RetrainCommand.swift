import CommandLine
import Foundation
import Millrace
import MillraceWorker

enum RetrainCommand {
    static let command = Command(
        name: "retrain", summary: "Ask for a run, and follow it to its verdict",
        discussion: """
            One run answers a request, or a stated reason why not. By default the run's spans are those that the \
            pipeline declares; --train and --holdout name others, cut to whole windows: when a model has seen the \
            holdout before, nothing is promoted by itself.
            """,
        options: RequestOptions.options() + [
            .flag("follow", short: "F", "Follow the run to its verdict, with progress"),
            .value(
                "train", .text, valueName: "from..until", "Train on this span, days included: 2018-07-25..2018-07-31"),
            .value("holdout", .text, valueName: "from..until", "Judge on this span"),
            .values("set", .text, valueName: "name=value", "A parameter of the trainer, over the pipeline's"),
            .flag("dry-run", "Train and judge, and promote nothing"),
        ],
        examples: [
            .init("millrace retrain --reason 'new merchant category' --follow", "A run now, with progress"),
            .init(
                "millrace retrain --reason trial --dry-run --set max_depth=6 --set eta=0.3 --follow",
                "What would other parameters give?"),
        ],
        exitCodes: .request + [
            .init(.success, "The request was taken; with --follow: the run came to a verdict, whatever it is"),
            .init(.failure, "The request was refused, or the run failed"),
        ],
        run: action { arguments in
            let reason = try RequestOptions.reason(arguments)
            let spans = RetrainRequested.Windows(
                training: try SpanText.parse(arguments, "train"), holdout: try SpanText.parse(arguments, "holdout"))
            let parameters = try ParameterText.parse(arguments.texts("set"))
            let request = RetrainRequested(
                reason: reason, requester: RequestOptions.requester(arguments),
                windows: spans.training == nil && spans.holdout == nil ? nil : spans,
                parameters: parameters.isEmpty ? nil : parameters, dryRun: arguments.flag("dry-run") ? true : nil)
            let connection = try PipelineChoice.connect(arguments)
            let (view, reader) = try connection.view([.models, .releases])
            let id = try connection.send(request, to: .retrain)
            guard !arguments.flag("no-wait") else {
                arguments.console.print("Sent as \(id.id). 'millrace runs' shows what becomes of it.")
                return .success
            }
            return try RunFollower(arguments: arguments, request: id, view: view, reader: reader).follow()
        })
}

/// Follows the run that answers a request.
struct RunFollower {
    let arguments: Arguments
    let request: RequestID
    var view: PipelineView
    let reader: ControlReader

    consuming func follow() throws -> ExitCode {
        let console = arguments.console
        let stop = InterruptSignal.installed()
        let wantsVerdict = arguments.flag("follow")
        var end = ContinuousClock.now + arguments.duration("timeout")
        var said: [String] = []
        console.note("Sent as \(request.id); waiting for a run …")
        while !stop.isRaised {
            for record in try reader.poll(timeout: .milliseconds(200)) { view.fold(record) }
            guard let run = view.run(for: request) else {
                guard ContinuousClock.now < end else {
                    throw OperationsError(
                        .unanswered,
                        "Expected an answer within \(Human.duration(arguments.duration("timeout"))), found none. The "
                            + "request stays in the topic and is answered when 'train' runs: see 'millrace status'.")
                }
                continue
            }
            let sentence = Self.sentence(run)
            if said.last != sentence {
                said.append(sentence)
                console.note(sentence)
            }
            if run.state.isOver && run.state != .merged || !wantsVerdict { return try finish(run) }
            // Once there is a run it takes as long as it takes.
            end = .now + arguments.duration("timeout")
        }
        console.note("The run goes on. 'millrace runs' shows it.")
        return stop.reason?.exitCode ?? .success
    }

    private static func sentence(_ run: RunSummary) -> String {
        switch run.state {
        case .queued: return "run \(run.run): queued behind another"
        case .running:
            guard let progress = run.progress, progress.total > 0 else {
                return "run \(run.run): started" + (run.training.map { ", training on \($0)" } ?? "")
            }
            // By tenths: a line a round would be too many.
            let tenth = progress.completed * 10 / progress.total
            return "run \(run.run): \(progress.stage.rawValue) \(tenth * 10) %"
        case .trained: return "run \(run.run): trained, waiting for the gate"
        default: return "run \(run.run): \(run.state.rawValue)"
        }
    }

    private func finish(_ run: RunSummary) throws -> ExitCode {
        if arguments.flag("json") {
            arguments.console.print(try CodableText.pretty(run))
        } else {
            RunPage(run: run).write(on: arguments.console)
        }
        return run.state == .refused || run.state == .failed ? .failure : .success
    }
}
