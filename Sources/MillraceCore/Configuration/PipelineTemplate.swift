/// The file that `millrace init` writes: complete, commented, and free of mistakes as it stands.
public enum PipelineTemplate {
    /// - Parameters:
    ///   - name: the pipeline's, as `pipeline:` takes it.
    ///   - brokers: `host:port,…` or `embedded`; still to be changed by the variable MILLRACE_BROKERS.
    public static func text(
        name: String = "fraud", brokers: String = "localhost:9092", eventTopic: String = "transactions",
        labelTopic: String = "labels"
    ) -> String {
        """
        # A Millrace pipeline. `millrace check` tells what is wrong with this file; docs/reference/pipeline-file.md
        # tells what else can stand in it.
        pipeline: \(name)
        kafka: { brokers: "${MILLRACE_BROKERS:-\(brokers)}" }
        # Of calendar features, schedules and times that name no zone.
        time_zone: UTC
        # Where a new pipeline begins: earliest, latest, or a time such as 2026-01-01.
        start: earliest

        # Events: JSON objects. Each column is a type, or { type, field: path.in.payload, optional: true, personal: true }.
        # Types: id, decimal(2), float, integer, text, boolean, time.
        events:
          topics: [\(eventTopic)]
          time: { column: datetime, format: iso8601 }
          unique: { column: tx_id, within: 1d }
          columns:
            tx_id: id
            customer: id
            terminal: id
            amount: decimal(2)

        # Labels come later, and name their event.
        labels:
          topics: [\(labelTopic)]
          event: tx_id
          reported: { field: reported, format: iso8601 }
          value: { field: fraud, positive: [1], negative: [0], withdrawn: [null] }
          # How old an event must be for the lack of a label to mean "no".
          maturity: 7d

        windows: { size: 1d, lateness: 1h }

        # What a model sees. Rolling features look at the events of the same key.
        features:
          - { name: amount, column: amount }
          - { name: weekend, calendar: weekday, in: [sat, sun] }
          - { name: night, calendar: hour, in: 0..6 }
          - { name: customer_count, rolling: count, key: customer, over: [1d, 7d, 30d] }
          - { name: customer_mean, rolling: mean, of: amount, key: customer, over: [1d, 7d, 30d] }
          - { name: amount_ratio, arithmetic: amount / customer_mean_7d, empty: 1 }
          - { name: terminal_risk, rolling: label_rate, key: terminal, over: [1d, 7d, 30d], delay: 7d, empty: 0 }

        # What every window is checked for: warn, drop (the row) or quarantine (the window).
        rules:
          - { range: amount, minimum: 0, action: drop }

        # What sets off a training run; `millrace retrain` always does.
        triggers:
          - { every: 7d }

        # … | training | gap | holdout | maturity | now
        training:
          span: 30d
          gap: maturity
          holdout: 7d
          minimum: { positives: 200 }
          trainer: { xgboost: { rounds: 100, max_depth: 3 } }

        # What a new model must show to replace the one in force.
        gate:
          metric: average_precision
          margin: 0.02
          approval: automatic

        registry: { path: ./registry }

        """
    }
}
