import CommandLine
import Kafka
import Millrace
import MillraceWorker

/// Where events and labels are sent: a pipeline's topics, or topics named on the command line.
struct FeedTarget {
    /// Messages of a partition that may wait in an embedded broker: with payloads of a hundred bytes well within the
    /// 5 MiB that it keeps.
    static let embeddedLead = 20_000

    let pipeline: Pipeline?
    /// Kept for as long as the target is used: it owns the administration client.
    let connection: PipelineConnection?
    let settings: ClientSettings
    let eventTopic: String
    let labelTopic: String?
    let leadLimit: Int?

    /// - Parameter pipeline: from the file, when there is one.
    init(_ arguments: Arguments, pipeline: Pipeline?) throws {
        self.pipeline = pipeline
        let brokers = arguments.textIfGiven("brokers")
        let wantsLabels = FeedOptions.reports(arguments) != nil
        if let pipeline {
            let connection = try PipelineConnection(pipeline, brokers: brokers, client: arguments.path.last ?? "feed")
            self.connection = connection
            var settings = connection.settings(for: "producer")
            Self.tune(&settings, isEmbedded: connection.cluster.isEmbedded)
            self.settings = settings
            eventTopic = arguments.textIfGiven("topic") ?? pipeline.events.topics[0]
            labelTopic = wantsLabels ? arguments.textIfGiven("labels-topic") ?? pipeline.labels?.topics.first : nil
            leadLimit =
                arguments.integerIfGiven("max-lead") ?? (connection.cluster.isEmbedded ? Self.embeddedLead : nil)
        } else {
            guard let brokers, let topic = arguments.textIfGiven("topic") else {
                throw UsageError(
                    .missingOption, "Expected a pipeline file, or --brokers and --topic; found neither.",
                    advice: "Name the file with -f FILE, or write one with 'millrace init'.")
            }
            if arguments.isGiven("max-lead") {
                throw UsageError(
                    .conflict, "--max-lead needs a pipeline: it waits for the pipeline's ingest group.",
                    advice: "Name the file with -f FILE, or leave --max-lead out.")
            }
            connection = nil
            var settings = ClientSettings(brokers: brokers, clientID: "millrace.feed")
            Self.tune(&settings, isEmbedded: false)
            self.settings = settings
            eventTopic = topic
            labelTopic = wantsLabels ? arguments.textIfGiven("labels-topic") : nil
            leadLimit = nil
        }
    }

    private static func tune(_ settings: inout ClientSettings, isEmbedded: Bool) {
        guard !isEmbedded else { return }
        // Throughput matters, and nobody waits for a single event.
        settings.linger = .milliseconds(20)
        if settings.properties["batch.num.messages"] == nil { settings.properties["batch.num.messages"] = "50000" }
        if settings.properties["queue.buffering.max.messages"] == nil {
            settings.properties["queue.buffering.max.messages"] = "500000"
        }
    }

    /// Makes sure that the topics are there, creating those that are missing when it was asked to.
    func prepare(partitions: Int?, warn: (String) -> Void) throws {
        let admin = try connection?.admin ?? Admin(settings: settings)
        let topics = [eventTopic] + (labelTopic.map { [$0] } ?? [])
        let known = Set(try admin.listTopics().map(\.name))
        let missing = topics.filter { !known.contains($0) }
        for topic in topics where known.contains(topic) {
            // Where the broker does not tell (the embedded one), there is no retention by time either.
            guard let kept = try? admin.topicConfiguration(topic).retention else { continue }
            warn(
                "\(topic) keeps records for \(DurationText.format(kept)) by their timestamps. Records of the past are stamped "
                    + "with their event's time: the broker removes those that are older. Set retention.ms=-1 to keep them."
            )
        }
        guard !missing.isEmpty else { return }
        guard let partitions else {
            throw CommandFailure(
                "Expected the topics \(topics.joined(separator: ", ")) on \(settings.brokers), not found: "
                    + "\(missing.joined(separator: ", ")). Create them, or give --partitions N to have them created.")
        }
        // Records are stamped with event time: kept for a week by the broker's default, last year's would vanish at once.
        try admin.createTopics(
            missing.map { NewTopic($0, partitions: partitions, configuration: ["retention.ms": "-1"]) })
    }
}
