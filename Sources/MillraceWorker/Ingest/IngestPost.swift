import Kafka
import Millrace

/// Sends seals, dead letters and offsets, several at a time in one transaction. Belongs to the output thread.
final class IngestPost {
    private let pipeline: String
    private let group: String
    private let outbox: any Outbox
    /// Only handed through to the outbox, which without transactions is given no offsets to commit.
    private let consumer: Consumer
    private let hasTransactions: Bool
    private let tracer: Tracer?
    private let traceSample: Double
    private let settings: ClientSettings
    private var admin: Admin?
    private var survey = SliceSurvey()

    private var records: [OutgoingRecord] = []
    private var bytes = 0
    private var seals: [SliceSealed] = []
    private var offsets: [TopicPartition: CommittedOffset] = [:]
    private var metadata: GroupMetadata?

    init(cluster: Cluster, outbox: any Outbox, consumer: Consumer) {
        pipeline = cluster.pipeline
        group = Role.ingest.group(of: cluster.pipeline)
        self.outbox = outbox
        self.consumer = consumer
        hasTransactions = cluster.hasTransactions
        tracer = cluster.tracer
        traceSample = cluster.traceSample
        settings = cluster.controlSettings(for: "ingest.survey")
    }

    /// Enough for one transaction.
    var isFull: Bool { seals.count >= 64 || records.count >= 5000 || bytes >= 8 << 20 }

    /// - Throws: when something of an earlier assignment waits to be sent. In one transaction with this it would go out
    ///   under a membership that it was not read with, and the broker would take it though its partition may have moved.
    func add(_ seal: SliceSealed?, _ commit: CommitJob) throws {
        #if MUTATIONS
            if Mutation.freshMetadata.isOn { metadata = commit.metadata }
        #endif
        if let metadata, metadata !== commit.metadata, !records.isEmpty || !offsets.isEmpty {
            throw WorkerError.lostPartitions(.ingest)
        }
        if let seal {
            seals.append(seal)
            var record = try MessageCodec.encode(
                seal, pipeline: pipeline, from: Role.ingest.source(of: pipeline), to: .slices,
                subject: "\(seal.topic)/\(seal.partition)", time: .now)
            // All that is made of a window is one trace; a seal of several is in that of the newest.
            if let window = seal.slices.map(\.window).max() {
                record.trace(
                    after: nil, seed: window.traceSeed(pipeline: pipeline), sample: traceSample, now: .now)
            }
            append(record)
        }
        for letter in commit.deadLetters { append(letter) }
        for offset in commit.offsets { offsets[offset.partition] = offset }
        metadata = commit.metadata
    }

    private func append(_ record: OutgoingRecord) {
        records.append(record)
        bytes += (record.value?.count ?? 0) + 500
    }

    /// - Returns: what was committed; nil when there was nothing to send.
    func send() throws -> IngestReport? {
        guard let metadata, !records.isEmpty || !offsets.isEmpty else { return nil }
        let committed = offsets.values.sorted { $0.partition < $1.partition }
        CrashPoint.reach("ingest.before-send")
        _ = try outbox.commit(
            records, offsets: hasTransactions ? committed : [], consumer: consumer, metadata: metadata)
        CrashPoint.reach("ingest.after-send")
        tracer?.committed(records)
        defer {
            records.removeAll(keepingCapacity: true)
            (bytes, seals, offsets) = (0, [], [:])
        }
        return .committed(committed, seals: seals)
    }

    /// Asks for the ends of partitions, and for what other owners have committed and sealed meanwhile.
    func answer(_ question: IdleWatch.Question) throws -> IdleWatch.Answer {
        let admin = try admin ?? Admin(settings: settings)
        self.admin = admin
        let foreign = question.foreign.map(TopicPartition.init)
        let partitions = question.own.map(TopicPartition.init) + foreign
        var answer = IdleWatch.Answer(question.number)
        for (partition, marks) in try admin.watermarks(
            partitions, isolation: .readUncommitted, timeout: .seconds(5))
        {
            answer.ends[.init(partition)] = marks.high
        }
        guard !foreign.isEmpty else { return answer }
        for (partition, offset) in try admin.committedOffsets(of: group, partitions: foreign) {
            answer.committed[.init(partition)] = offset.offset
        }
        for seal in try survey.read(pipeline: pipeline, settings: settings, admin: admin) {
            answer.sealedThrough[.init(seal.topic, seal.partition)] = seal.sealedThrough.microseconds
        }
        return answer
    }

    func close() {
        outbox.close()
        admin?.close(within: .seconds(1))
    }
}

/// Reads what has been added to `slices` since it last looked. Only when something has been is a consumer made.
struct SliceSurvey {
    private var next: Int64?

    mutating func read(pipeline: String, settings: ClientSettings, admin: Admin) throws -> [SliceSealed] {
        let topic = TopicPartition(Arrow.slices.topic(of: pipeline), 0)
        if let next, let end = try admin.watermarks([topic], timeout: .seconds(5))[topic]?.high, end <= next {
            return []
        }
        var seals: [SliceSealed] = []
        let start = next.map { StartPosition.offset($0) } ?? .beginning
        let fold = TopicFold(settings: settings, timeout: .seconds(10))
        let result = try fold.run(.slices, of: pipeline, from: start) {
            if let seal = try? $0.message.payload(SliceSealed.self) { seals.append(seal) }
        }
        next = result.nextOffsets[topic]
        return seals
    }
}
