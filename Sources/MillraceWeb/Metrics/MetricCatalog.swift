/// Every metric that is served, in the order of the page.
public enum MetricCatalog {
    public struct Part: Sendable {
        public var title: String
        public var families: [MetricFamily]
    }

    public static let parts = [
        Part(title: "Lag, by the names that dashboards know", families: kafka),
        Part(title: "Lag, by role", families: lag),
        Part(title: "Freshness", families: freshness),
        Part(title: "Windows, labels and dead letters", families: data),
        Part(title: "Runs and releases", families: learning),
        Part(title: "This process", families: process),
    ]

    public static let families = parts.flatMap(\.families)

    // MARK: Lag

    private static let partition = ["consumergroup", "topic", "partition"]
    static let partitionLag = MetricFamily(
        "kafka_consumergroup_lag", .gauge, partition,
        "Records between a group's next offset and the end for readers of committed records; 0 when only transaction markers are left; all there are if the group has never committed"
    )
    static let partitionOffset = MetricFamily(
        "kafka_consumergroup_current_offset", .gauge, partition,
        "A group's next offset; absent if it has never committed")
    static let partitionLagSeconds = MetricFamily(
        "kafka_consumergroup_group_lag_seconds", .gauge, partition,
        "Age of the first record that a group has not read; absent where it is not known")
    static let groupLagSeconds = MetricFamily(
        "kafka_consumergroup_group_max_lag_seconds", .gauge, ["consumergroup"],
        "The longest of a group's lags in seconds; absent where none is known")
    static let partitionEnd = MetricFamily(
        "kafka_topic_partition_current_offset", .gauge, ["topic", "partition"],
        "A partition's end for readers of committed records")
    static let partitionStart = MetricFamily(
        "kafka_topic_partition_oldest_offset", .gauge, ["topic", "partition"],
        "The first offset that a partition still has")
    private static let kafka = [
        partitionLag, partitionOffset, partitionLagSeconds, groupLagSeconds, partitionEnd, partitionStart,
    ]

    static let lagRecords = MetricFamily(
        "millrace_lag_records", .gauge, ["role"], "Records that a role's group has not read, of all partitions")
    static let lagSeconds = MetricFamily(
        "millrace_lag_seconds", .gauge, ["role"],
        "Age of the oldest record that a role's group has not read; absent where it is not known")
    static let members = MetricFamily("millrace_group_members", .gauge, ["role"], "Members of a role's group")
    static let verdicts = MetricFamily(
        "millrace_partitions_by_verdict", .gauge, ["role", "verdict"],
        "Partitions of a role's group by the verdict on their lag: ok, catching-up, watching, growing, never-committed, rewound, stalled, stopped, lost"
    )
    static let lostRecords = MetricFamily(
        "millrace_lost_records", .gauge, ["role"],
        "Records that retention removed and that a role's group is still to read; gone when it has gone on behind them")
    static let recordsLost = MetricFamily(
        "millrace_records_lost_total", .counter, ["role"],
        "Records that retention removed before ingest read them, or read them again for open windows, as its seals say")
    static let retentionShare = MetricFamily(
        "millrace_unread_retained_ratio", .gauge, ["role"],
        "How far the group's next offset is above the oldest that is kept, as a share of all that is kept, in the worst partition with a lag; at 0 the next record to be read is the next to be removed; 1 without a lag"
    )
    static let observed = MetricFamily(
        "millrace_observation_timestamp_seconds", .gauge, [], "When the groups' offsets were last read")
    private static let lag = [
        lagRecords, lagSeconds, members, verdicts, lostRecords, recordsLost, retentionShare, observed,
    ]

    // MARK: Freshness

    static let stageThrough = MetricFamily(
        "millrace_stage_through_timestamp_seconds", .gauge, ["stage"],
        "The event time up to which a stage has come: seen, sealed, transformed, trained, champion")
    static let stageBehind = MetricFamily(
        "millrace_stage_behind_seconds", .gauge, ["stage"],
        "How far a stage is behind the newest event seen, in event time; of sealed before the first seal, the oldest open window"
    )
    static let stageUnchanged = MetricFamily(
        "millrace_stage_unchanged_seconds", .gauge, ["stage"], "Since when a stage has not moved, by the clock")
    private static let freshness = [stageThrough, stageBehind, stageUnchanged]

    // MARK: Data

    static let sealedRows = MetricFamily(
        "millrace_sealed_rows_total", .counter, ["kind"], "Rows in sealed slices: of events, of labels")
    static let lateEvents = MetricFamily(
        "millrace_late_events_total", .counter, [], "Events whose window was sealed before they came")
    static let duplicateEvents = MetricFamily(
        "millrace_duplicate_events_total", .counter, [], "Events that were seen before and dropped")
    static let deadRecords = MetricFamily(
        "millrace_dead_records_total", .counter, [], "Records of sealed ranges that could not be handled")
    static let deadLetters = MetricFamily(
        "millrace_dead_letters", .gauge, [], "Records in the topic of dead letters that retention has not removed")
    static let datasets = MetricFamily("millrace_datasets_total", .counter, [], "Datasets made, one a window")
    static let windowSize = MetricFamily(
        "millrace_window_size_seconds", .gauge, [], "The length of a window, as the pipeline file has it")
    static let windowLateness = MetricFamily(
        "millrace_window_lateness_seconds", .gauge, [],
        "How long a window waits for late events, as the pipeline file has it")
    static let quarantined = MetricFamily(
        "millrace_quarantined_windows", .gauge, [], "Windows that wait in quarantine for a person: 0 or 1")
    static let labelsArrived = MetricFamily("millrace_labels_total", .counter, [], "Labels that became known")
    static let labelsUnmatched = MetricFamily(
        "millrace_labels_unmatched_total", .counter, [], "Labels dropped because their event was never seen")
    static let labelsMatch = MetricFamily(
        "millrace_labels_match_ratio", .gauge, [],
        "Share of the labels of the last horizon whose event was found")
    static let labelsMinimum = MetricFamily(
        "millrace_labels_match_minimum_ratio", .gauge, [], "The share below which the pipeline refuses runs")
    static let labelsSilent = MetricFamily(
        "millrace_labels_silent", .gauge, [], "1 while no label has come for longer than the pipeline allows")
    static let labelsMatured = MetricFamily(
        "millrace_labels_matured_timestamp_seconds", .gauge, [],
        "The event time before which labels, or the lack of them, are trusted")
    static let labelsKnown = MetricFamily(
        "millrace_labels_known_ratio", .gauge, ["age"], "Share of the events of an age that have a label")
    private static let data = [
        sealedRows, lateEvents, duplicateEvents, deadRecords, deadLetters, datasets, windowSize, windowLateness,
        quarantined,
        labelsArrived, labelsUnmatched, labelsMatch, labelsMinimum, labelsSilent, labelsMatured, labelsKnown,
    ]

    // MARK: Learning

    static let runs = MetricFamily(
        "millrace_runs_total", .counter, ["outcome"],
        "Outcomes of runs: published, rejected, inconclusive, awaiting-approval, refused, failed, merged; a run on which a person decides later has two"
    )
    static let runsUnderWay = MetricFamily(
        "millrace_runs_under_way", .gauge, ["state"], "Runs without an outcome: queued, running, trained")
    static let trainingSeconds = MetricFamily(
        "millrace_run_training_seconds", .histogram, [],
        buckets: [1, 5, 15, 60, 300, 900, 3600, 10800], "How long training took, of runs that trained a model")
    static let runSeconds = MetricFamily(
        "millrace_run_seconds", .histogram, [], buckets: [1, 5, 15, 60, 300, 900, 3600, 10800],
        "From a run's start to its outcome, of runs that started")
    static let championVersion = MetricFamily(
        "millrace_champion_version", .gauge, [], "The version in force; absent before the first")
    static let championSince = MetricFamily(
        "millrace_champion_since_timestamp_seconds", .gauge, [], "When the champion was last decided on, by the clock")
    static let quality = MetricFamily(
        "millrace_model_quality", .gauge, ["model", "metric"],
        "Figures of the newest comparison: of the champion in it and of the challenger")
    static let drift = MetricFamily(
        "millrace_feature_drift_index", .gauge, ["feature"],
        "Population stability index of a feature: its newest values against those the champion learned from; below 0.1 no change, from 0.25 a great one"
    )
    static let promotions = MetricFamily(
        "millrace_champion_changes_total", .counter, [], "How often the champion has changed")
    static let rolledBack = MetricFamily(
        "millrace_rolled_back_versions", .gauge, [], "Versions that a rollback has taken out of force")
    static let approvals = MetricFamily(
        "millrace_approvals_waiting", .gauge, [], "Versions that passed the gate and wait for a person")
    static let held = MetricFamily(
        "millrace_promotion_held", .gauge, [], "1 while automatic promotion is held")
    static let problems = MetricFamily(
        "millrace_problems", .gauge, ["severity"],
        "What 'millrace status' finds wrong: blocking, warning, attention")
    private static let learning = [
        runs, runsUnderWay, trainingSeconds, runSeconds, championVersion, championSince, quality, drift, promotions,
        rolledBack, approvals, held, problems,
    ]

    // MARK: Process

    static let build = MetricFamily(
        "millrace_build_info", .gauge, ["version"], "1, labelled with the program's version")
    static let roleCondition = MetricFamily(
        "millrace_role_condition", .gauge, ["role", "condition"],
        "1 for the condition that a role of this process is in: waiting, idle, working, failing")
    static let roleFailures = MetricFamily(
        "millrace_role_failures_total", .counter, ["role"], "Lives of a role that ended in an error")
    static let roleMessages = MetricFamily(
        "millrace_role_messages_total", .counter, ["role"], "Control messages that a role received")
    static let ingestRecords = MetricFamily(
        "millrace_ingest_records_total", .counter, [], "Records read since the assignment")
    static let ingestBytes = MetricFamily(
        "millrace_ingest_buffer_bytes", .gauge, [], "Rows and dead letters in memory")
    static let ingestBudget = MetricFamily(
        "millrace_ingest_buffer_limit_bytes", .gauge, [], "The budget for them, beyond which partitions are paused")
    static let ingestPaused = MetricFamily(
        "millrace_ingest_paused", .gauge, [], "1 while ingest reads nothing on purpose")
    static let diskFree = MetricFamily(
        "millrace_disk_free_bytes", .gauge, ["folder"], "Room left where the pipeline's folder is, and the registry")
    static let diskSize = MetricFamily("millrace_disk_size_bytes", .gauge, ["folder"], "Room there is in all")
    static let droppedSpans = MetricFamily(
        "millrace_tracing_dropped_spans_total", .counter, [],
        "Spans that the collector did not take and that will not be sent; absent without a collector")
    static let httpRequests = MetricFamily(
        "millrace_http_requests_total", .counter, ["route", "code"], "Requests answered, by route and status")
    static let httpSeconds = MetricFamily(
        "millrace_http_request_seconds", .histogram, ["route"], buckets: [0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10],
        "Time to an answer; of a stream, to its beginning")
    static let httpConnections = MetricFamily(
        "millrace_http_connections", .gauge, [], "Open connections to this server")
    static let residentBytes = MetricFamily(
        "process_resident_memory_bytes", .gauge, [], "Resident memory size in bytes")
    static let cpuSeconds = MetricFamily(
        "process_cpu_seconds_total", .counter, [], "Total user and system CPU time spent in seconds")
    static let startTime = MetricFamily(
        "process_start_time_seconds", .gauge, [], "Start time of the process since unix epoch in seconds")
    private static let process = [
        build, roleCondition, roleFailures, roleMessages, ingestRecords, ingestBytes, ingestBudget, ingestPaused,
        diskFree, diskSize, droppedSpans, httpRequests, httpSeconds, httpConnections, residentBytes, cpuSeconds,
        startTime,
    ]
}
