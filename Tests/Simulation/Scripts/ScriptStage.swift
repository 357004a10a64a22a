import Kafka

/// Carries out the steps of a script on a cluster, and writes down what it answers. The same source is compiled against
/// the real client and against the model.
final class ScriptStage {
    private let settings: ClientSettings
    /// Makes names that no other script has used.
    private let suffix: String
    private(set) var transcript: [String] = []
    private var producers: [String: TransactionalProducer] = [:]
    private var members: [String: ScriptMember] = [:]
    private var metadata: [String: GroupMetadata] = [:]
    private var topics: [TopicPartition] = []

    init(_ settings: ClientSettings, suffix: String) {
        self.settings = settings
        self.suffix = suffix
    }

    func close() {
        for member in members.values { member.consumer.close(within: .seconds(5)) }
        for producer in producers.values { producer.close(within: .seconds(1)) }
    }

    private func name(_ short: String) -> String { "script-\(suffix)-\(short)" }

    /// Writes down a step and its outcome.
    private func step(_ what: String, _ body: () throws -> String?) {
        do {
            transcript.append("  \(what)\(try body().map { ": \($0)" } ?? "")")
        } catch let error as KafkaError {
            transcript.append("  \(what): refused, \(error.code.name), \(error.kind.rawValue)")
        } catch {
            transcript.append("  \(what): \(error)")
        }
    }

    // MARK: Topics

    func topic(_ topic: String, partitions: Int = 1) {
        step("topic \(topic) of \(partitions)") {
            let admin = try Admin(settings: settings)
            defer { admin.close() }
            topics.append(TopicPartition(name(topic), 0))
            return try admin.createTopics([NewTopic(name(topic), partitions: partitions)]).count == 1 ? nil : "not made"
        }
    }

    func produce(_ topic: String, _ values: String..., partition: Int32 = 0) {
        step("produce \(values.joined(separator: " "))") {
            let producer = try Producer(settings: settings)
            defer { producer.close() }
            for value in values { try producer.send(to: name(topic), partition: partition, value: Array(value.utf8)) }
            try producer.flush()
            try producer.takeReport().check()
            return nil
        }
    }

    /// All that a reader from the beginning sees, with its offsets.
    func read(_ topic: String, _ isolation: ClientSettings.Isolation = .readCommitted, partition: Int32 = 0) {
        step("read \(topic), \(isolation.rawValue)") {
            var reading = settings
            reading.isolation = isolation
            var seen: [String] = []
            let place = TopicPartition(name(topic), partition)
            let result = try TopicFold(settings: reading).run([PartitionStart(place, .beginning)]) {
                seen.append("\($0.offset)=\($0.value.map { String(decoding: $0, as: UTF8.self) } ?? "nothing")")
            }
            return (seen + ["end \(result.nextOffsets[place] ?? -1)"]).joined(separator: " ")
        }
    }

    func ends(_ topic: String) {
        step("ends of \(topic)") {
            let admin = try Admin(settings: settings)
            defer { admin.close() }
            let place = TopicPartition(name(topic), 0)
            let stable = try admin.watermarks([place])[place]
            let high = try admin.watermarks([place], isolation: .readUncommitted)[place]
            return "low \(high?.low ?? -1) stable \(stable?.high ?? -1) high \(high?.high ?? -1)"
        }
    }

    // MARK: Transactions

    /// A producer `short` under the transactional id `id`.
    func initialise(_ short: String, id: String? = nil) {
        step("\(short) takes over the id \(id ?? short)") {
            let producer = try TransactionalProducer(transactionalID: name(id ?? short), settings: settings)
            producers[short] = producer
            try producer.initialise()
            return nil
        }
        awaitMarkers()
    }

    /// Takes an id over and begins.
    func open(_ short: String, id: String? = nil) {
        initialise(short, id: id)
        begin(short)
    }

    func begin(_ short: String) {
        step("\(short) begins") {
            try producers[short]?.begin(); return nil
        }
    }

    func send(_ short: String, _ topic: String, _ value: String) {
        step("\(short) sends \(value)") {
            try producers[short]?.send(to: name(topic), partition: 0, value: Array(value.utf8))
            try producers[short]?.flush()
            try producers[short]?.takeReport().check()
            return nil
        }
    }

    func commit(_ short: String) {
        step("\(short) commits") {
            try producers[short]?.commit(); return nil
        }
        awaitMarkers()
    }

    func abort(_ short: String) {
        step("\(short) aborts") {
            try producers[short]?.abort(); return nil
        }
        awaitMarkers()
    }

    /// Markers follow the answer to a commit within moments: so many questions take longer.
    private func awaitMarkers() {
        guard let admin = try? Admin(settings: settings) else { return }
        defer { admin.close() }
        for _ in 0..<100 { _ = try? admin.watermarks(topics) }
    }

    /// Offsets under the metadata that were kept as `kept`, or under the member's newest.
    func sendOffset(_ short: String, of member: String, _ topic: String, _ offset: Int64, kept: String? = nil) {
        step("\(short) adds offset \(offset)\(kept.map { " under \($0)" } ?? "")") {
            guard let place = kept.flatMap({ metadata[$0] }) ?? members[member]?.consumer.groupMetadata else {
                return "no metadata"
            }
            try producers[short]?.sendOffsets(
                [CommittedOffset(TopicPartition(name(topic), 0), offset: offset, metadata: "by \(short)")],
                metadata: place, within: .seconds(10))
            return nil
        }
    }

    // MARK: Groups

    /// - Parameter instance: makes a static member of it.
    func join(_ short: String, _ group: String, _ topics: String..., instance: String? = nil) {
        step("\(short) joins \(group)\(instance.map { " as \($0)" } ?? "")") {
            var settings = settings
            settings.groupInstanceID = instance
            let member = try ScriptMember(group: name(group), settings: settings)
            members[short] = member
            try member.consumer.subscribe(to: topics.map(name), handler: member)
            return nil
        }
    }

    /// Makes a topic, and a group of one member that has all of it.
    func joinAlone(_ short: String, _ group: String, _ topic: String, partitions: Int = 1) {
        self.topic(topic, partitions: partitions)
        join(short, group, topic)
        settle([(short, partitions)])
    }

    /// Polls the members in turn until each has the number of partitions that it should.
    func settle(_ counts: [(member: String, partitions: Int)]) {
        step("settles") {
            for _ in 0..<600 {
                for (short, _) in counts { try members[short]?.poll() }
                if counts.allSatisfy({ members[$0.member]?.assigned?.count == $0.partitions }) { break }
            }
            return counts.map { "\($0.member) has \(members[$0.member]?.assigned?.count ?? -1)" }.joined(
                separator: ", ")
        }
    }

    func keepMetadata(_ kept: String, of member: String) {
        metadata[kept] = members[member]?.consumer.groupMetadata
    }

    func leave(_ short: String) {
        step("\(short) leaves") {
            members.removeValue(forKey: short)?.consumer.close()
            return nil
        }
    }

    func commitOffset(_ short: String, _ topic: String, _ offset: Int64, _ text: String = "") {
        step("\(short) commits offset \(offset)") {
            try members[short]?.consumer.commit(
                [CommittedOffset(TopicPartition(name(topic), 0), offset: offset, metadata: text)])
            return nil
        }
    }

    func committed(_ group: String, _ topic: String) {
        step("committed by \(group)") {
            let admin = try Admin(settings: settings)
            defer { admin.close() }
            let place = TopicPartition(name(topic), 0)
            let found = try admin.committedOffsets(of: name(group), partitions: [place])[place]
            return found.map { "\($0.offset) '\($0.metadata)'" } ?? "nothing"
        }
    }

    /// What a member is given in some polls.
    func take(_ short: String, count: Int) {
        step("\(short) reads") {
            guard let member = members[short] else { return nil }
            member.seen = []
            for _ in 0..<100 where member.seen.count < count { try member.poll() }
            return member.seen.joined(separator: " ")
        }
    }
}

/// A member of a group that starts where the group has committed, or at the beginning.
final class ScriptMember: RebalanceHandler {
    let consumer: Consumer
    var seen: [String] = []
    private(set) var assigned: [TopicPartition]?
    private let batch = MessageBatch(capacity: 100)

    init(group: String, settings: ClientSettings) throws {
        consumer = try Consumer(group: group, settings: settings)
    }

    func poll() throws {
        try consumer.poll(into: batch, timeout: .milliseconds(50))
        for index in 0..<batch.count {
            seen.append(
                "\(batch.offset(at: index))=\(batch.value(at: index).map { String(decoding: $0, as: UTF8.self) } ?? "")"
            )
        }
    }

    func assigned(_ partitions: [TopicPartition], metadata: GroupMetadata) throws -> [PartitionStart] {
        assigned = partitions
        let committed = try consumer.committed(partitions)
        return partitions.map { PartitionStart($0, committed[$0].map { .offset($0.offset) } ?? .beginning) }
    }

    func revoked(_ partitions: [TopicPartition], lost: Bool) { assigned = nil }
}
