import Foundation
import Millrace
import Synchronization
import Testing

@testable import Kafka
@testable import MillraceWorker

/// Remembers what it was given; the first commit waits until it is let go.
private final class SlowOutbox: Outbox, @unchecked Sendable {
    // `commit` is called by one thread at a time; the rest is behind the lock.
    private let sent = Mutex<[[String]]>([])
    let isBegun = DispatchSemaphore(value: 0)
    let mayGoOn = DispatchSemaphore(value: 0)

    var letters: [[String]] { sent.withLock { $0 } }

    func commit(
        _ records: [OutgoingRecord], offsets: [CommittedOffset], consumer: Consumer, metadata: GroupMetadata
    ) throws -> [Int64] {
        let isFirst = sent.withLock {
            $0.append(records.map(\.topic))
            return $0.count == 1
        }
        if isFirst {
            isBegun.signal()
            mayGoOn.wait()
        }
        return records.map { _ in 0 }
    }

    func close() {}
}

@Suite("What ingest hands over to be sent", .serialized) struct IngestOutputTests {
    private func commit(_ letter: String, _ metadata: GroupMetadata) -> CommitJob {
        CommitJob(
            offsets: [CommittedOffset(TopicPartition("events", 0), offset: 7)],
            deadLetters: [OutgoingRecord(topic: letter, key: nil, value: [1])], metadata: metadata)
    }

    @Test("never goes out under the membership of another assignment")
    func noMixedMemberships() throws {
        let broker = try EmbeddedCluster()
        defer { broker.close() }
        let harness = try IngestHarness(embedded: broker, name: "mixed", partitions: 1)
        defer { harness.removeFolder() }
        let consumer = try Consumer(group: "mixed", settings: harness.cluster.settings(for: "test"))
        defer { consumer.close() }
        let before = try #require(GroupMetadata(of: consumer.pointer))
        let after = try #require(GroupMetadata(of: consumer.pointer))
        let outbox = SlowOutbox()
        outbox.mayGoOn.signal()
        let post = IngestPost(cluster: harness.cluster, outbox: outbox, consumer: consumer)
        defer { post.close() }
        try post.add(nil, commit("a", before))
        #expect(throws: WorkerError.self) { try post.add(nil, commit("b", after)) }
        #expect(outbox.letters.isEmpty)
        // Once all of the former is sent there is nothing to mix.
        _ = try post.send()
        try post.add(nil, commit("c", after))
        _ = try post.send()
        #expect(outbox.letters == [["a"], ["c"]])
    }

    @Test("is not done once it is abandoned, whatever the thread had in hand")
    func abandoned() throws {
        let broker = try EmbeddedCluster()
        defer { broker.close() }
        let harness = try IngestHarness(embedded: broker, name: "abandoned", partitions: 1)
        defer { harness.removeFolder() }
        let consumer = try Consumer(group: "abandoned", settings: harness.cluster.settings(for: "test"))
        defer { consumer.close() }
        let metadata = try #require(GroupMetadata(of: consumer.pointer))
        let outbox = SlowOutbox()
        let output = IngestOutput(
            files: try SliceDesk(folder: harness.pipeline.folder, instance: "0"),
            post: IngestPost(cluster: harness.cluster, outbox: outbox, consumer: consumer))
        output.enqueue(.commit(commit("a", metadata)))
        outbox.isBegun.wait()
        for name in ["b", "c", "d"] { output.enqueue(.commit(commit(name, metadata))) }
        output.abandon()
        outbox.mayGoOn.signal()
        #expect(output.drain(within: .seconds(30)))
        output.stop(within: .seconds(30))
        #expect(outbox.letters == [["a"]])
        #expect(output.queuedBytes == 0)
    }

    @Test("ends the life of an ingest that has lost its partitions")
    func lostPartitionsEndTheLife() throws {
        let broker = try EmbeddedCluster()
        defer { broker.close() }
        let harness = try IngestHarness(embedded: broker, name: "lost", partitions: 1)
        defer { harness.removeFolder() }
        let service = IngestService(
            pipeline: harness.pipeline, cluster: harness.cluster, instance: "0",
            log: Log(level: .error, write: { _ in }), stop: StopSignal())
        let life = try IngestLife(service)
        defer { life.close() }
        let partition = TopicPartition(harness.pipeline.events.topics[0], 0)
        let metadata = try #require(GroupMetadata(of: life.consumer.pointer))
        _ = try life.assigned([partition], metadata: metadata)
        #expect(life.intakes.count == 1)
        life.revoked([partition], lost: true)
        #expect(life.intakes.isEmpty)
        #expect(throws: WorkerError.self) { try life.assigned([partition], metadata: metadata) }
        #expect(throws: WorkerError.self) { try life.run() }
    }

    @Test("leaves the open files of other processes of the pipeline alone, and none of its own former lives'")
    func ownFilesOnly() throws {
        let folder = FileManager.default.temporaryDirectory.appending(
            path: "millrace-desk-\(UInt32.random(in: .min ... .max))"
        ).path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let other = try SliceDesk(folder: folder, instance: "b")
        try DurableFile.write("rows", to: other.swapPath(slice: 1))
        let former = try SliceDesk(folder: folder, instance: "a")
        try DurableFile.write("rows", to: former.swapPath(slice: 1))
        let desk = try SliceDesk(folder: folder, instance: "a")
        #expect(!FileManager.default.fileExists(atPath: desk.swapPath(slice: 1)))
        #expect(FileManager.default.fileExists(atPath: other.swapPath(slice: 1)))
    }
}
