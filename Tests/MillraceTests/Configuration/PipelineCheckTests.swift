import Millrace
import Testing

@Suite struct PipelineCheckTests {
    private static let ratio = "{ name: amount_ratio, arithmetic: amount / customer_mean_7d, empty: 1 }"

    @Test(arguments: [
        (
            "span: 30d", "span: 36h",
            "training.span: a span of 1d12h is not a whole number of windows of 1d; did you mean '1d'?"
        ),
        (
            "every: 7d", "every: 12h",
            "triggers[0].every: a trigger of 12h is not a whole number of windows of 1d; did you mean '1d'?"
        ),
        (
            "maturity: 7d", "maturity: 121d",
            "labels.maturity: the horizon of 120d ends before events mature, after 121d"
        ),
        (
            "size: 1d", "size: 36h",
            "windows.size: expected a size that divides a day (5m, 1h, 6h) or is whole days, found 1d12h"
        ),
        (
            "size: 1d", "size: 1d, max_jump: 1h",
            "windows.max_jump: max_jump of 1h is less than a window of 1d: quiet hours would look like faults"
        ),
        (
            ratio, "{ name: r, arithmetic: amount / customer_mean }",
            "features[5].arithmetic: no earlier feature and no column 'customer_mean'; did you mean 'customer_mean_1d'?"
        ),
        (
            ratio, "{ name: r, arithmetic: terminal_risk_1d * 2 }",
            "features[5].arithmetic: the feature 'terminal_risk_1d' stands later; move it up"
        ),
        (ratio, "{ name: r, arithmetic: r + 1 }", "features[5].arithmetic: 'r' cannot refer to itself"),
        (
            ratio, "{ name: r, arithmetic: 1 + 1 }",
            "features[5].arithmetic: the formula names no feature and no column: it is the same for every event"
        ),
        (
            ratio, "{ name: r, arithmetic: terminal * 2 }",
            "features[5].arithmetic: expected a column of type decimal, integer or float, found 'terminal' of type id"
        ),
        (
            ratio, "{ name: customer_mean_7d, column: amount }",
            "features[5].name: the feature 'customer_mean_7d' is declared in features[4] already"
        ),
        (
            ratio, "{ name: c, category: terminal }",
            "features[5]: a category needs 'values' (a list) or 'buckets' (a number)"
        ),
        (ratio, "{ name: c, category: terminal, values: [a, a] }", "features[5].values: 'a' stands twice in the list"),
        (
            ratio, "{ name: c, rolling: mean, key: customer, over: 7d }",
            "features[5].of: 'of' is missing: mean of which column?"
        ),
        (
            ratio, "{ name: c, rolling: count, of: amount, key: customer, over: 7d }",
            "features[5].of: 'of' does not go with count"
        ),
        (
            ratio, "{ name: c, rolling: count, key: amount, over: 7d }",
            "features[5].key: expected a column of type id, text, integer or boolean, found 'amount' of type decimal(2)"
        ),
        (
            ratio, "{ name: c, rolling: sum, of: amount, key: customer, over: 90d }",
            "retention.slices: slices are kept for 60d, and features look back 90d: state could not be made again"
        ),
        (
            "margin: 0.02", "margin: 0.02\n  guards: [{ metric: card_precision, k: 100, may_fall: 0.1 }]",
            "gate.guards[0].entity: card_precision needs 'entity', the column of cards, here or in 'gate'"
        ),
        (
            "margin: 0.02", "margin: 0.02\n  guards: [{ metric: alert_volume, may_fall: 0.1 }]",
            "gate.guards[0].may_fall: 'may_fall' does not go with alert_volume; use 'may_grow'"
        ),
        (
            "margin: 0.02", "margin: 0.02\n  amount: terminal",
            "gate.amount: expected a column of type decimal, integer or float, found 'terminal' of type id"
        ),
        (
            "column: tx_id", "column: amount",
            "events.unique.column: expected a column of type id, found 'amount' of type decimal(2)"
        ),
        (
            "amount: decimal(2)",
            "amount: { type: decimal(2), personal: true }\n  personal_key: ${KEY:-0123456789abcdef}",
            "events.columns.amount.personal: only columns of type id or text can be personal, found decimal(2)"
        ),
        (
            "terminal: id", "terminal: { type: id, personal: true }",
            "events.personal_key: 'personal_key' is missing, under which personal columns are hashed, such as `personal_key: \"${file:/run/secrets/personal-key}\"`"
        ),
        (
            "topics: [labels]", "topics: [transactions]",
            "labels.topics[0]: the topic 'transactions' is read by events.topics already"
        ),
        (
            "topics: [labels]", "topics: millrace.fraud.slices",
            "labels.topics: 'millrace.fraud.slices' is the name of one of the pipeline's own topics"
        ),
        ("negative: [0]", "negative: [0, 1]", "labels.value.negative: 1 means both positive and negative"),
        (
            "event: tx_id", "event: { field: id, column: amount }",
            "labels.event.column: expected a column of type id, found 'amount' of type decimal(2)"
        ),
        (
            "minimum: 0, action: drop }", "minimum: 2, maximum: 1 }",
            "rules[0].maximum: the maximum 1 is less than the minimum 2"
        ),
        (
            "minimum: 0, action: drop }", "minimum: 0 }\n  - { rows: { minimum: 1 }, action: drop }",
            "rules[1].action: 'drop' sets single rows aside, and this rule is about a whole window; use 'warn' or 'quarantine'"
        ),
        (
            "localhost:9092", "broker-1",
            "kafka.brokers: expected host:port (several with commas) or embedded, found 'broker-1'; did you mean 'broker-1:9092'?"
        ),
        (
            "in: [sat, sun]", "in: 5..9",
            "features[1].in: expected days such as sat or mon..fri of weekday, 0…6, found '5..9'"
        ),
        (
            "max_depth: 3", "n_estimators: 3",
            "training.trainer.xgboost.n_estimators: 'n_estimators' is called 'rounds' here; did you mean 'rounds'?"
        ),
    ])
    func `What does not fit together is told once, and nothing else is`(
        old: String, new: String, message: String
    ) throws {
        let error = try #require(throws: ConfigurationError.self) { try pipeline((old, new)) }
        let summaries = error.problems.map { problem in
            problem.summary.split(separator: ": ", maxSplits: 1).last.map(String.init) ?? ""
        }
        #expect(summaries == [message])
    }

    @Test func `Without labels there is nothing to learn, but features all the same`() throws {
        let text = """
            pipeline: counts
            events: { topics: t, time: at, columns: { id: id, card: text } }
            features: [{ name: n, rolling: count, key: card, over: 1d }]
            """
        let pipeline = try PipelineFile.parse(text).pipeline
        #expect(pipeline.labels == nil && pipeline.events.idColumn == "id")
        for section in ["training: { span: 7d }", "triggers: [{ every: 7d }]", "gate: { margin: 0.1 }"] {
            let error = #expect(throws: ConfigurationError.self) { try PipelineFile.parse(text + "\n" + section) }
            #expect(error?.problems.count == 1)
            #expect(error?.description.contains("needs the section 'labels'") == true)
        }
    }

    @Test func `A mistake in a column is not repeated by those who refer to it`() throws {
        let error = #expect(throws: ConfigurationError.self) { try pipeline(("amount: decimal(2)", "amount: money")) }
        #expect(error?.problems.map(\.path) == ["events.columns.amount"])
    }

    @Test func `A file that is not there is an error without a line`() {
        let error = #expect(throws: ConfigurationError.self) { try PipelineFile.load(path: "/nonexistent.yaml") }
        #expect(error?.problems.first?.code == .file)
        #expect(error?.problems.first?.line == nil)
    }
}
