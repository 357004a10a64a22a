import Foundation
public import Kafka
public import Millrace

/// A pipeline's brokers, reached from outside of its worker: by a command, a dashboard or a test.
///
/// Reading needs no group; nothing that is asked changes what the worker does. Used by one thread at a time.
public final class PipelineConnection {
    public let pipeline: Pipeline
    public let cluster: Cluster
    public let admin: Admin
    /// Names this process at the brokers.
    private let client: String

    /// - Parameter brokers: instead of those that the pipeline declares.
    /// - Throws: `OperationsError` when nobody answers, saying what to do.
    public init(
        _ pipeline: Pipeline, brokers: String? = nil, client: String = "command", timeout: Duration = .seconds(10)
    ) throws {
        self.pipeline = pipeline
        self.client = client
        var reached = pipeline
        var address: String?
        if let brokers { reached.kafka.brokers = brokers }
        if reached.kafka.isEmbedded { address = try Self.embeddedAddress(of: pipeline) }
        cluster = Cluster(reached, address: address)
        admin = try Admin(settings: cluster.settings(for: client))
        do {
            _ = try admin.listTopics(timeout: timeout)
        } catch let error as KafkaError {
            admin.close(within: .seconds(1))
            throw Self.unreachable(pipeline, brokers: cluster.brokers, isEmbedded: address != nil, error)
        }
    }

    deinit { admin.close(within: .seconds(2)) }

    static func embeddedAddress(of pipeline: Pipeline) throws(OperationsError) -> String {
        // A worker that was started by the line before is not there yet: it takes the folder first, then starts its broker.
        let begin = ContinuousClock.now
        while EmbeddedAddress.read(of: pipeline) == nil,
            begin.duration(to: .now) < (FolderLock.isHeld(pipeline.folder) ? .seconds(3) : .milliseconds(1200))
        {
            Thread.sleep(forTimeInterval: 0.05)
        }
        guard let address = EmbeddedAddress.read(of: pipeline) else {
            throw OperationsError(
                .noRun,
                "The broker of pipeline '\(pipeline.name)' lives inside 'millrace run', and none is alive "
                    + "(expected its address in \(EmbeddedAddress.path(folder: pipeline.folder))). "
                    + "Start it with 'millrace run'.")
        }
        return address
    }

    private static func unreachable(
        _ pipeline: Pipeline, brokers: String, isEmbedded: Bool, _ error: KafkaError
    ) -> OperationsError {
        if isEmbedded {
            return OperationsError(
                .noRun,
                "The broker of pipeline '\(pipeline.name)' lives inside 'millrace run', and nobody answers at "
                    + "\(brokers), the address in \(EmbeddedAddress.path(folder: pipeline.folder)). Start 'millrace run' again. (\(error))"
            )
        }
        return OperationsError(
            .unreachable,
            "Expected a broker at \(brokers), nobody answers: \(error). Check 'kafka.brokers' (and 'kafka.client' for "
                + "TLS and SASL), and whether the broker runs.")
    }

    /// Settings of a client that moves many messages.
    public func settings(for purpose: String) -> ClientSettings { cluster.settings(for: "\(client).\(purpose)") }

    /// Settings of a client that reads or writes a few, soon.
    public func controlSettings(for purpose: String) -> ClientSettings {
        cluster.controlSettings(for: "\(client).\(purpose)")
    }
}
