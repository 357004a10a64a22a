import Kafka
import Millrace
import Synchronization

/// The ledgers that the topic `slices` names. The topic is read once, and from there on where a seal has come since.
final class SealReader: Sendable {
    private struct State {
        var book = LedgerBook()
        var position = StartPosition.beginning
    }

    private let pipeline: String
    private let settings: ClientSettings
    private let state = Mutex(State())

    init(pipeline: Pipeline, cluster: Cluster) {
        self.pipeline = pipeline.name
        settings = cluster.controlSettings(for: "restore.seals")
    }

    /// The ledgers that slices need.
    func book(for shares: [SliceLedger.Share]) throws -> LedgerBook {
        // Read without the lock: whoever asks meanwhile reads for himself, and the last to end is believed.
        var known = state.withLock { $0 }
        guard !shares.allSatisfy(known.book.knows) else { return known.book }
        let result = try TopicFold(settings: settings).run(.slices, of: pipeline, from: known.position) {
            if let seal = try? $0.message.payload(SliceSealed.self) { known.book.add(seal) }
        }
        if let next = result.nextOffsets.values.first { known.position = .offset(next) }
        state.withLock { [known] in $0 = known }
        return known.book
    }
}
