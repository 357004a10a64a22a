import CommandLine
import Millrace

/// Options that `simulate` and `produce` share: where to, how fast, which labels.
enum FeedOptions {
    static let target: [Option] = [
        PipelineChoice.option, PipelineChoice.brokers,
        .value("topic", .text, valueName: "name", "Topic of events, instead of the pipeline's first"),
        .value("labels-topic", .text, valueName: "name", "Topic of labels, instead of the pipeline's first"),
        .value(
            "partitions", .integer(1...10_000), valueName: "n",
            "Create topics that are missing, with so many partitions"),
        .value(
            "max-lead", .count(1...Int.max), valueName: "n",
            "Wait while a partition holds more than so many messages that ingest has not committed (default: no limit; \(FeedTarget.embeddedLead) for an embedded broker, which keeps little)"
        ),
    ]

    static let pace: [Option] = [
        .value("rate", .decimal(0.001...Double.infinity), valueName: "n", "Events a second"),
        .value(
            "speed", .text, valueName: "factor",
            "A multiple of event time: 1x as it happened, 86400x a day a second"),
    ]

    static let labels: [Option] = [
        .value(
            "label-delay", .text, valueName: "delay", default: "real",
            "How long after its event a label becomes known: a duration such as 7d, or 'real', the shape measured on real cases (half within 3.5 days, a tenth after a month)"
        ),
        .value(
            "labels", .choice(["frauds", "all", "none"]), default: "frauds",
            "Which events get a label: frauds alone, as in the field; all; or none"),
        .flag("stop-with-events", "Leave out labels that become known after the last event"),
    ]

    static func pace(_ arguments: Arguments) throws -> Pace {
        if let rate = arguments.decimalIfGiven("rate") {
            guard arguments.textIfGiven("speed") == nil else {
                throw UsageError(
                    .conflict, "Expected one of --rate and --speed, found both.", advice: "Leave one of them out.")
            }
            return Pace(.rate(rate))
        }
        guard let text = arguments.textIfGiven("speed") else { return Pace(.unlimited) }
        let digits = text.hasSuffix("x") ? String(text.dropLast()) : text
        guard let factor = Double(digits), factor > 0, factor.isFinite else {
            throw UsageError(
                .invalidValue, "--speed: expected a factor such as 1x, 60x or 86400x, found '\(text)'.",
                advice: "86400x replays a day in a second.")
        }
        return Pace(.speed(factor))
    }

    static func delay(_ arguments: Arguments) throws -> LabelDelay {
        let text = arguments.text("label-delay")
        guard let delay = LabelDelay(text == "real" ? "observed" : text) else {
            throw UsageError(
                .invalidValue, "--label-delay: expected a duration such as 7d, or 'real', found '\(text)'.")
        }
        return delay
    }

    /// Nil when no labels are wanted.
    static func reports(_ arguments: Arguments) -> LabelReports? { LabelReports(rawValue: arguments.text("labels")) }
}
