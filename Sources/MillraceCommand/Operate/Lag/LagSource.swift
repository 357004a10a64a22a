import CommandLine
import Kafka
import Millrace
import MillraceWorker

/// The groups that the command is about, look by look.
final class LagSource {
    private let connection: PipelineConnection?
    private let sampler: LagSampler
    private var observer = LagObserver()
    private let patience: Duration
    private let watches: () throws -> [LagSampler.Watch]

    init(_ arguments: Arguments) throws {
        let wanted = arguments.textIfGiven("group")
        // A live view has keys to obey, and looks again in a moment.
        let timeout = arguments.flag("watch") ? Duration.seconds(3) : .seconds(10)
        patience = timeout
        let wantsAll = arguments.flag("all-groups")
        let isAlone =
            try wantsAll && arguments.isGiven("brokers") && (PipelineChoice.path(arguments) == nil)
        if isAlone {
            connection = nil
            sampler = try LagSampler(
                settings: ClientSettings(brokers: arguments.textIfGiven("brokers")!, clientID: "millrace.lag"),
                timeout: timeout)
        } else {
            let connection = try PipelineChoice.connect(arguments)
            self.connection = connection
            sampler = try LagSampler(settings: connection.controlSettings(for: "lag"), timeout: timeout)
        }
        if wantsAll {
            let sampler = sampler
            watches = {
                let all = try sampler.allGroups()
                guard let wanted else { return all }
                guard let found = all.first(where: { $0.group == wanted }) else {
                    throw OperationsError(
                        .notFound, "--group: expected a group of the cluster, found none that is called '\(wanted)'.")
                }
                return [found]
            }
            return
        }
        let all = connection!.watches()
        guard let wanted else {
            watches = { all }
            return
        }
        guard let found = all.first(where: { $0.group == wanted || $0.role?.rawValue == wanted }) else {
            throw UsageError(
                .invalidValue, "--group: expected a group of the pipeline, found '\(wanted)'.",
                advice: "Its groups: " + all.compactMap(\.role?.rawValue).joined(separator: ", ")
                    + ". Those of others are found with --all-groups.")
        }
        watches = { [found] }
    }

    func close() { sampler.close() }

    /// - Throws: `KafkaError` when the brokers do not answer.
    func look() throws -> [GroupObservation] { try observer.observe(watches(), with: sampler, patience: patience) }

    /// What the last look could not read.
    var trouble: [String] { sampler.trouble }

    /// Says which groups are missing.
    func noteTrouble(on console: Console) {
        for trouble in trouble { console.warn("not shown: \(trouble)") }
    }
}
