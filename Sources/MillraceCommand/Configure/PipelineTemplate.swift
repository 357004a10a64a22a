/// The file that `millrace init` writes: small, complete, and commented where a choice has to be made.
enum PipelineTemplate {
    static func text(name: String, brokers: String) -> String {
        """
        # A pipeline of card transactions and their chargebacks. 'millrace schema' explains every key,
        # 'millrace check' finds mistakes before it runs.
        pipeline: \(name)
        # 'embedded' runs a small broker inside 'millrace run', for trying things out; 'host:port,…' uses yours.
        kafka: { brokers: "${MILLRACE_BROKERS:-\(brokers)}" }
        time_zone: UTC
        # Where to begin in topics that hold older events: earliest, latest or a time.
        start: earliest
        folder: ./millrace/\(name)

        events:
          topics: [transactions]
          time: { column: datetime, format: iso8601 }
          # What upstream sends again counts once.
          unique: { column: tx_id, within: 1d }
          columns: { tx_id: id, customer: id, terminal: id, amount: decimal(2) }

        labels:
          topics: [labels]
          event: tx_id
          reported: { field: reported, format: iso8601 }
          value: { field: fraud, positive: [1], negative: [0], withdrawn: [null] }
          # How old an event must be for its label, or its lack of one, to be trusted.
          maturity: 7d

        windows: { size: 1d, lateness: 1h, idle: 60s }

        features:
          - { name: amount, column: amount }
          - { name: weekend, calendar: weekday, in: [sat, sun] }
          - { name: night, calendar: hour, in: 0..6 }
          - { name: customer_count, rolling: count, key: customer, over: [1d, 7d, 30d] }
          - { name: customer_mean, rolling: mean, of: amount, key: customer, over: [1d, 7d, 30d] }
          # What is known of a terminal ends a week before the event, as labels do.
          - { name: terminal_count, rolling: count, key: terminal, over: [1d, 7d, 30d], delay: 7d }
          - { name: terminal_risk, rolling: label_rate, key: terminal, over: [1d, 7d, 30d], delay: 7d, empty: 0 }

        # A run every week of event time; 'millrace retrain' asks for one at any time.
        triggers: [{ every: 7d }]

        # … | training | gap (= maturity) | holdout | maturity | now
        training: { span: 7d, gap: maturity, holdout: 7d, minimum: { positives: 200 } }

        # A challenger replaces the champion only when it is better by the margin, on rows that neither has seen.
        gate:
          exclude: { entity: customer, known_positive_at: day_start, since: 14d before holdout }
          metric: average_precision
          margin: 0.02
          minimum: { positives: 200 }
          approval: automatic

        registry: { path: ./registry }

        """
    }
}
