// The sections about the worker itself: brokers, disk, memory.

extension PipelineSchema {
    static let kafka = Section(
        KafkaSettings(),
        [
            .key(
                "brokers", \.brokers, .text,
                "`host:port`, several with commas; or `embedded` for a broker inside `millrace run`, for trying things out."
            ).example("broker-1:9092,broker-2:9092"),
            .key(
                "transactions", \.transactions, .choice("mode"),
                "Whether outputs and input offsets are committed in one transaction; `automatic` asks the broker."
            ),
            .key(
                "replication_factor", optional: \.replicationFactor, .integer(1...32),
                "Of the topics that the pipeline creates."
            ).without("the broker's"),
            .key(
                "static_membership", \.staticMembership, .boolean,
                "Whether a process is known to its groups by its `--instance` name, so that a restart within the session (`session.timeout.ms`, 10 s) moves no partition. One that leaves for good is then missed only when its session ends."
            ),
            .key(
                "client", \.client, .section(client), "Settings of librdkafka, as they are: security, timeouts."
            ).example("{ security.protocol: sasl_ssl, sasl.password: \"${file:/run/secrets/kafka}\" }"),
        ])

    /// Settings that decide what the worker's promises rest on, and so are the worker's to set.
    static let reservedClientSettings: Set<String> = [
        "bootstrap.servers", "metadata.broker.list", "group.id", "group.instance.id", "transactional.id",
        "enable.auto.commit", "enable.auto.offset.store", "auto.offset.reset", "isolation.level",
        "enable.idempotence", "acks", "enable.partition.eof", "partition.assignment.strategy", "message.max.bytes",
    ]

    /// Whether a setting of librdkafka holds a password or a key, by its name.
    static func isSecretSetting(_ name: String) -> Bool {
        ["password", "secret", "key", "token", "oauthbearer"].contains { name.contains($0) }
    }

    static let client = Section(
        [String: String](),
        others: .key(others: \.self, .text, keys: "any setting of librdkafka", "Handed over as it is.") {
            entry, path, decoding in
            if isSecretSetting(entry.key) { decoding.hide(entry.value) }
            guard reservedClientSettings.contains(entry.key) else { return true }
            let hint =
                switch entry.key {
                case "bootstrap.servers", "metadata.broker.list": "; set 'brokers'"
                case "group.instance.id": "; set 'static_membership'"
                default: ""
                }
            decoding.problem(
                .conflict, at: path, "'\(entry.key)' is set by the worker itself, whose promises rest on it\(hint)",
                key: entry)
            return false
        }, [])

    static let retention = Section(
        Retention(),
        [
            .key(
                "slices", \.slices, .duration,
                "Sealed events, from which features can be made again; at least as long as that takes, after an edit of the features too."
            ),
            .key("datasets", \.datasets, .duration, "Features of windows and, by the labels' horizon longer, labels."),
            .key("models", \.models, .integer(2...100_000), "Newest versions kept."),
            .key("dead_letters", \.deadLetters, .duration, "Records that could not be read."),
        ])

    static let windows = Section(
        WindowSettings(),
        [
            .key(
                "size", \.size, .duration,
                "The span of event time that is sealed, transformed and trained on as one; it divides a day or is whole days."
            ).example("1h"),
            .key(
                "lateness", \.lateness, .durationOrZero,
                "How far an event may lag behind the newest of its partition and still be taken into its window."),
            .key(
                "idle", \.idle, .duration,
                "Time by the clock on the wall after which a partition that has been read to its end holds the others back no longer."
            ).effect(.atOnce),
            .key(
                "max_jump", \.maximumJump, .duration,
                "A record further ahead of its partition than this waits until others confirm it; alone, it is a dead letter."
            ),
        ])

    static let deadLetters = Section(
        DeadLetterSettings(),
        [
            .key(
                "payload", \.payload, .choice("kind"),
                "`full` keeps the record's bytes, `reference` only where it came from."),
            .key(
                "stop_share", \.stopShare, .share,
                "When more than this share of a batch cannot be read, ingest pauses: it is a fault upstream, not bad records."
            ),
            .key(
                "stop_minimum", \.stopMinimum, .integer(1...1_000_000),
                "Records that a batch must have for that."),
        ])

    static let tracing = Section(
        TracingSettings(),
        [
            .key(
                "endpoint", optional: \.endpoint, .webAddress,
                "The address of an OTLP collector that takes HTTP, without `/v1/traces`."
            ).example("http://localhost:4318").without("the variable OTEL_EXPORTER_OTLP_ENDPOINT; without it, none"),
            .key("headers", \.headers, .section(requestHeaders), "Sent with every request: a token, say.").example(
                "{ authorization: \"${file:/run/secrets/otlp}\" }"),
            .key(
                "sample", \.sample, .share,
                "The share of traces that are exported. Those that a request brings with it follow its own mark."),
        ])

    static let requestHeaders = Section(
        [String: String](),
        others: .key(others: \.self, .text, keys: "any header", "Hidden from messages and logs.") {
            entry, _, decoding in
            decoding.hide(entry.value)
            return true
        }, [])

    static let alerts = Section(
        AlertSettings(),
        [
            .key(
                "webhook", optional: \.webhook, .webAddress,
                "Where each alert is posted as JSON when it fires and when it is over. Hidden from messages and logs."
            ).secret().example("${file:/run/secrets/alert-webhook}").without("none"),
            .key("headers", \.headers, .section(requestHeaders), "Sent with every request: a token, say."),
            .key(
                "mute", \.mute, .list(of: .choice("alert"), orSingle: true),
                "Alerts that are not wanted: docs/reference/alerts.md lists them."
            ).example("[MillraceChampionStale]"),
            .key(
                "patience", \.patience, .number(0.001...1000),
                "All spans after which alerts fire are multiplied by it: 2 waits twice as long."),
        ])

    static let log = Section(
        LogSettings(),
        [
            .key(
                "level", optional: \.level, .choice("level"),
                "The least level that is logged. A running worker takes a new one over when it gets SIGHUP."
            ).without("info"),
            .key("format", optional: \.format, .choice("format"), "`json` is one object a line.").without("text"),
        ])

    static let registry = Section(
        RegistrySettings(path: "./registry"),
        [
            .key(
                "path", \.path, .text,
                "The folder of released models, relative to where the worker is started."
            ).example("/srv/models"),
            .key(
                "model", optional: \.model, .text, "The name under which versions are registered."
            ).without("the pipeline's name"),
        ])

    static let observe = Section(
        ObserveSettings(),
        [
            .key(
                "interval", \.interval, .duration,
                "Time by the clock on the wall between two looks at the groups' offsets and at the control topics."
            ).example("2s")
        ])
}

extension Codec where Value == StartPosition {
    static let start = Codec(
        shape: .either([
            .scalar(
                ScalarShape(
                    name: "`earliest` or `latest`",
                    json: [("enum", .array([.string("earliest"), .string("latest")]))],
                    allowed: ["earliest", "latest"])), Codec<Timestamp>.timestamp.shape,
        ]),
        decode: { node, path, decoding in
            guard case .scalar(let scalar) = node.content else {
                decoding.mismatch(.type, at: path, node, expected: "'earliest', 'latest' or a time")
                return nil
            }
            if scalar.text == "earliest" { return .earliest }
            if scalar.text == "latest" { return .latest }
            if let time = ZonedTime.parse(scalar.text, in: decoding.timeZone) { return .at(time) }
            decoding.mismatch(
                at: path, node, expected: "'earliest', 'latest' or a time such as 2018-05-15",
                suggestion: Spelling.nearest(to: scalar.text, among: ["earliest", "latest"]))
            return nil
        },
        encode: { start in
            switch start {
            case .earliest: .scalar("earliest")
            case .latest: .scalar("latest")
            case .at(let time): .scalar(time.description)
            }
        })
}
