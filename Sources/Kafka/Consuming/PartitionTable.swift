internal import Crdkafka

/// A consumer's numbers for the partitions it has seen, found by the library's topic object without touching a string.
///
/// A topic object is the same for all of a topic's messages and lives as long as the handle.
struct PartitionTable {
    struct Entry {
        let partition: TopicPartition
        /// Messages below have been delivered already: the library of 2.0.2 fetches some again after a resume.
        var nextOffset: Int64
    }

    private struct Key: Hashable {
        let topic: OpaquePointer?
        let partition: Int32
    }

    private(set) var entries: [Entry] = []
    private var indexByKey: [Key: Int] = [:]
    private var indexByPartition: [TopicPartition: Int] = [:]

    /// The index of a message's partition.
    mutating func index(topic: OpaquePointer?, partition: Int32) -> Int {
        let key = Key(topic: topic, partition: partition)
        if let known = indexByKey[key] { return known }
        let name = topic.flatMap { rd_kafka_topic_name($0) }.map { String(cString: $0) } ?? ""
        let index = index(of: TopicPartition(name, partition))
        indexByKey[key] = index
        return index
    }

    mutating func index(of partition: TopicPartition) -> Int {
        if let known = indexByPartition[partition] { return known }
        entries.append(Entry(partition: partition, nextOffset: .min))
        indexByPartition[partition] = entries.count - 1
        return entries.count - 1
    }

    /// Whatever comes next of a partition is new.
    mutating func expect(_ partition: TopicPartition, from offset: Int64 = .min) {
        setNextOffset(offset, at: index(of: partition))
    }

    mutating func setNextOffset(_ offset: Int64, at index: Int) { entries[index].nextOffset = offset }
}
