import Kafka
import Millrace
import Synchronization

/// The ledgers that the topic `slices` names. The topic is read once, and from there on where a seal has come since.
final class SealReader: Sendable {
    private struct State {
        var book = LedgerBook()
        var position = StartPosition.beginning
    }

    private let topic: TopicPartition
    private let settings: ClientSettings
    private let state = Mutex(State())

    init(pipeline: Pipeline, cluster: Cluster) {
        topic = TopicPartition(Arrow.slices.topic(of: pipeline.name), 0)
        settings = cluster.controlSettings(for: "restore.seals")
    }

    /// The ledgers that slices need.
    func book(for shares: [SliceLedger.Share]) throws -> LedgerBook {
        // Read without the lock: whoever asks meanwhile reads for himself, and the last to end is believed.
        var known = state.withLock { $0 }
        guard !shares.allSatisfy(known.book.knows) else { return known.book }
        let result = try TopicFold(settings: settings).run([PartitionStart(topic, known.position)]) {
            guard let record = try? ControlRecord($0.message, of: .slices),
                let seal = try? record.message.payload(SliceSealed.self)
            else { return }
            known.book.add(seal)
        }
        if let next = result.nextOffsets[topic] { known.position = .offset(next) }
        state.withLock { [known] in $0 = known }
        return known.book
    }
}
