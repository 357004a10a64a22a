import CommandLine
import Foundation
import Millrace

enum SimulateCommand {
    static let command = Command(
        name: "simulate", summary: "Make card transactions with frauds and delayed labels, to topics or files",
        discussion: """
            The same seed gives the same transactions on every machine. Without --to they go to the pipeline's topics: \
            events keyed by customer, labels keyed by event, each stamped with the time at which it became known.

            The last windows of a pipeline stay open until later events come: there is nothing to flush.
            """,
        options: FeedOptions.target + FeedOptions.pace + [
            .value(
                "to", .file(endings: ["csv", "jsonl", "zst", "gz"]), valueName: "file",
                "Write a file instead: .csv (with the fraud's label in a column) or .jsonl, plain, .gz or .zst"),
            .value(
                "labels-to", .file(endings: ["jsonl", "zst", "gz"]), valueName: "file",
                "With --to: write the labels as JSON lines, in the order in which they become known"),
            .value("days", .integer(1...36_500), valueName: "n", default: "183", "Days to simulate"),
            .flag("endless", "Go on until stopped, whatever --days says"),
            .value("events", .count(1...Int.max), valueName: "n", "Stop after so many events"),
            .value("start", .instant, valueName: "day", default: "2018-04-01", "The first day"),
            .value("customers", .count(1...50_000_000), default: "5000", "Customers, each with about two events a day"),
            .value("terminals", .count(1...50_000_000), default: "10000", "Terminals"),
            .value("seed", .integer(0...Int.max), default: "0", "Another seed gives other transactions"),
            .value(
                "fraud-rate", .decimal(0...100), default: "1", "Multiplies how many cards and terminals are compromised"
            ),
            .value(
                "drift", .integer(0...36_500), valueName: "day",
                "From this day on (0 is the first) frauds look different"),
            .value(
                "size", .integer(100...900_000), valueName: "bytes", "Pad events to this size, to measure throughput"),
        ] + FeedOptions.labels,
        examples: [
            .init("millrace simulate", "Half a year into the topics of the pipeline of this folder"),
            .init("millrace simulate --rate 500 --endless", "500 events a second until Ctrl-C"),
            .init("millrace simulate --to events.csv.zst --days 30 --seed 7", "A month into a packed file"),
            .init("millrace simulate --speed 86400x --drift 120", "A day a second; frauds change on day 120"),
        ],
        exitCodes: .broker + [.init(.interrupted, "Stopped by Ctrl-C; everything sent so far is acknowledged")],
        run: action { arguments in
            let simulation = try Simulation(arguments)
            if let path = arguments.textIfGiven("to") {
                return try FileSimulation(simulation, path: path, labels: arguments.textIfGiven("labels-to"))
                    .run(arguments.console)
            }
            if arguments.isGiven("labels-to") {
                throw UsageError(.conflict, "--labels-to needs --to.", advice: "Give --to FILE, too.")
            }
            let pace = try FeedOptions.pace(arguments)
            let pipeline = try PipelineChoice.path(arguments).map { try PipelineFile.load(path: $0).pipeline }
            let target = try FeedTarget(arguments, pipeline: pipeline)
            try target.prepare(
                partitions: arguments.integerIfGiven("partitions"), warn: arguments.console.warn)
            return try TopicSimulation(simulation).run(target, pace, arguments.console)
        })
}

/// What is to be simulated, as the command line says it.
struct Simulation {
    var stream: SimulatedStream
    let wantsLabels: Bool
    /// Events to make; nil for all.
    let limit: Int?
    let size: Int?
    let expected: Int?

    init(_ arguments: Arguments) throws {
        var parameters = SimulationParameters()
        parameters.customers = arguments.integer("customers")
        parameters.terminals = arguments.integer("terminals")
        parameters.days = arguments.flag("endless") ? nil : arguments.integer("days")
        parameters.start = Timestamp(microseconds: Int64(arguments.instant("start")) * 1_000_000)
        parameters.seed = UInt64(arguments.integer("seed"))
        parameters.fraudRate = arguments.decimal("fraud-rate")
        parameters.drift = arguments.integerIfGiven("drift").map { .init(day: $0) }
        let reports = FeedOptions.reports(arguments)
        wantsLabels = reports != nil
        limit = arguments.integerIfGiven("events")
        size = arguments.integerIfGiven("size")
        let simulator: TransactionSimulator
        do throws(SimulationError) {
            simulator = try TransactionSimulator(parameters)
        } catch {
            throw UsageError(.invalidValue, error.message)
        }
        let all = simulator.expectedCount
        expected = limit.map { min($0, all ?? $0) } ?? all
        stream = SimulatedStream(
            simulator, delay: try FeedOptions.delay(arguments), reports: reports ?? .frauds,
            endsWithLabels: wantsLabels && !arguments.flag("stop-with-events"))
    }
}
