import Millrace

/// The pipeline that is simulated: small windows, short waits, little to train.
enum SimulatedPipeline {
    static func make(_ scenario: Scenario) -> Pipeline {
        let labels = """
            labels:
              topics: [labels]
              event: id
              reported: { column: reported, format: unix_seconds }
              value: { column: fraud, positive: [1], negative: [0] }
              maturity: 1h
              horizon: 6h
              silent_after: 3h
              min_match: 0.3
            """
        let rules = "rules: [{ range: amount, maximum: \(Workload.outrageous) }]"
        let learning = """
            features:
              - { name: amount, column: amount }
              - { name: spent, rolling: sum, of: amount, key: customer, over: [1h, 2h] }
            triggers: [{ every: 2h }]
            training:
              span: 2h
              gap: maturity
              holdout: 1h
              minimum: { positives: 1 }
              trainer: { xgboost: { rounds: 2, threads: 1 } }
            gate:
              minimum: { positives: 1 }
              approval: \(scenario.traits.contains(.approval) ? "manual" : "automatic")
            \(scenario.traits.contains(.rules) ? rules : "")
            """
        let text = """
            pipeline: simulated
            kafka: { brokers: "model:9092", static_membership: \(scenario.traits.contains(.staticMembers)) }
            folder: /work
            registry: { path: /registry }
            start: earliest
            events:
              topics: [transactions]
              time: { column: time, format: unix_seconds }
              unique: { column: id, within: 2h }
              columns: { id: id, customer: id, amount: decimal(2) }
            dead_letters: { stop_share: 0.6, stop_minimum: 10 }
            windows: { size: 1h, lateness: 10m, idle: 4s, max_jump: 6h }
            \(scenario.cast == .all ? labels : "")
            \(scenario.cast == .all ? learning : "")
            """
        do {
            return try PipelineFile.parse(text).pipeline
        } catch {
            preconditionFailure("the simulated pipeline is wrong: \(error)")
        }
    }
}
