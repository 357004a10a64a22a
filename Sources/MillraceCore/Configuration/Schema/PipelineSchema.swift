/// The pipeline file, declared once: the reader, the JSON Schema, the reference page, hashes and differences are all
/// made of this.
enum PipelineSchema {
    /// A pipeline, and what its file says across sections.
    struct Draft: Sendable {
        var pipeline: Pipeline
        var events: EventDraft
        var labels: LabelDraft?

        /// Holds defaults; its required parts are placeholders.
        static let empty = Draft(
            pipeline: Pipeline(
                name: "", folder: "",
                events: EventSource(topics: [], timeColumn: "", idColumn: "", columns: []),
                registry: RegistrySettings(path: "./registry")),
            events: EventDraft(), labels: nil)
    }

    static let root = Section(
        Draft.empty,
        [
            .key(
                "pipeline", \.pipeline.name, .pipelineName,
                "The pipeline's name, in the names of its topics, consumer groups and folders. 1 to 40 lower-case letters, digits and `-`, beginning with a letter."
            ).required().example("fraud").effect(.newPipeline),
            .key("kafka", \.pipeline.kafka, .section(kafka), "How the brokers are reached.").effect(.atOnce),
            .key(
                "time_zone", \.pipeline.timeZone, .timeZone,
                "The IANA time zone of calendar features, metric days, cron schedules and times without a zone."
            ).example("Europe/Brussels").effect(.newPipeline),
            .key(
                "start", \.pipeline.start, .start,
                "Where a new pipeline begins to read its topics: `earliest`, `latest`, or the first record at or after a time."
            ).example("2018-05-01").effect(.newPipeline),
            .key(
                "folder", \.pipeline.folder, .text,
                "The folder of slices, datasets, labels, state and runs, relative to where the worker is started. A pipeline under another name makes it again from the topics."
            ).without("./millrace/<pipeline>").effect(.atOnce),
            .key(
                "memory", \.pipeline.memoryBytes, .bytes,
                "Memory for open windows; when it is used up, partitions are paused."
            ).effect(.atOnce),
            .key(
                "retention", \.pipeline.retention, .section(retention),
                "How long artifacts are kept, in event time. What the champion and its predecessor were made of stays."
            ).effect(.atOnce),
            .key(
                "lost_records", \.pipeline.lostRecords, .choice("policy"),
                "What ingest does when a topic's retention has removed records before they were read, or before windows that are open could be made of them again: `record` notes them as lost, in ledgers, datasets and the lineage of models, and goes on; `fail` stops there and says which they are."
            ).effect(.atOnce),
            .key("events", \.events, .section(events), "The topics of events and their columns.").required()
                .effect(.newPipeline),
            .key(
                "labels", optional: \.labels, .section(labels),
                "The topics of labels. Without them there are no label rates, no training and no gate."
            ).effect(.newPipeline),
            .key("windows", \.pipeline.windows, .section(windows), "How event time is cut into windows.")
                .effect(.newPipeline),
            .key(
                "features", \.pipeline.features, .list(of: feature), "What a model sees of an event, in order."
            ).effect(.secondFeatureSet),
            .key(
                "rules", \.pipeline.rules, .list(of: rule),
                "What every window's events are checked for before features are made."
            ).effect(.nextWindow),
            .key(
                "dead_letters", \.pipeline.deadLetters, .section(deadLetters),
                "What happens to records that cannot be read."
            ).effect(.atOnce),
            .key(
                "triggers", \.pipeline.triggers, .list(of: trigger),
                "What sets off a training run by itself. Requests on the `retrain` topic always do."
            ).effect(.nextRun),
            .key("training", \.pipeline.training, .section(training), "What a run trains on, and how.").effect(
                .nextRun),
            .key(
                "gate", \.pipeline.gate, .section(gate), "What a challenger must show to replace the champion."
            ).effect(.nextRun),
            .key("registry", \.pipeline.registry, .section(registry), "Where released models are kept.").effect(
                .atOnce),
            .key(
                "tracing", \.pipeline.tracing, .section(tracing),
                "Where the spans of a message's way are sent, from request or window to release."
            ).effect(.atOnce),
            .key(
                "alerts", \.pipeline.alerts, .section(alerts),
                "Who is told of what the role `observe` finds wrong. It is in the topic `alerts` whatever stands here."
            ).effect(.atOnce),
            .key(
                "log", \.pipeline.log, .section(log),
                "What the worker logs, to standard error. `--log-level` and `--log-format` of `millrace run` go before it."
            ).effect(.atOnce),
            .key("observe", \.pipeline.observe, .section(observe), "How the worker watches lag and freshness.").effect(
                .atOnce),
            .key("http", \.pipeline.http, .section(http), "Where health, metrics, API and dashboard are served.")
                .effect(
                    .atOnce),
        ])
}
