import CommandLine
import Millrace

/// At which moments a backtest runs, and what its command line changes in the pipeline for it.
struct BacktestPlan {
    /// The one moment that spans given on the command line ask for.
    private var only: Timestamp?
    private let folds: Int
    private let every: Duration
    private let until: Timestamp?

    init(_ arguments: Arguments, _ pipeline: inout Pipeline) throws {
        let training = try SpanText.parse(arguments, "train")
        let test = try SpanText.parse(arguments, "test")
        let delay = arguments.durationIfGiven("delay")
        if let delay { pipeline.training.gap = delay }
        if let count = arguments.integerIfGiven("minimum-positives") { pipeline.training.minimumPositives = count }
        do throws(RunRefusal) {
            pipeline.training.trainer = try pipeline.training.trainer.overridden(
                by: try Self.parameters(arguments))
        } catch {
            throw UsageError(.invalidValue, "--set: \(error.message)")
        }
        let maturity = pipeline.labels?.maturity ?? .zero
        let gap = pipeline.training.gap ?? maturity
        folds = arguments.integer("folds")
        every = arguments.durationIfGiven("every") ?? pipeline.training.holdout
        guard every > .zero else {
            throw UsageError(.invalidValue, "--every: expected a duration above zero, found 0s.")
        }
        until = arguments.instantIfGiven("until").map { Timestamp(microseconds: Int64($0) * 1_000_000) }
        guard let training else {
            if test != nil {
                throw UsageError(
                    .missingOption, "Expected --train beside --test, found nothing.", advice: "Give both spans.")
            }
            return
        }
        let judged =
            test
            ?? Window(start: training.end + gap, end: training.end + gap + pipeline.training.holdout)
        let between = judged.start - training.end
        if let delay, delay != between {
            throw UsageError(
                .conflict,
                "--delay is \(DurationText.format(delay)), but between --train and --test there are "
                    + "\(DurationText.format(between)).",
                advice: "Leave --delay or --test out.")
        }
        guard between >= .zero else {
            throw UsageError(
                .conflict, "Expected --test after the end of --train, found \(judged) after \(training).")
        }
        pipeline.training.span = training.end - training.start
        pipeline.training.gap = between
        pipeline.training.holdout = judged.end - judged.start
        // The moment at which the labels of the last event judged could be trusted.
        only = judged.end + maturity
    }

    private static func parameters(_ arguments: Arguments) throws(RunRefusal) -> [String: String] {
        do throws(UsageError) {
            return try ParameterText.parse(arguments.texts("set"))
        } catch {
            throw RunRefusal(.badParameters, error.message)
        }
    }

    /// In order of time.
    func moments(newest: Timestamp) -> [Timestamp] {
        if let only { return [only] }
        let last = min(until ?? newest, newest)
        return (0..<folds).reversed().map { last - .microseconds(every.microseconds * Int64($0)) }
    }
}
