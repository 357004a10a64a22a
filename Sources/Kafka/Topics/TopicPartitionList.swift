internal import Crdkafka
internal import Glibc

/// Owns the library's list of partitions with offsets and metadata.
struct TopicPartitionList: ~Copyable {
    let pointer: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>

    init(_ partitions: some Collection<TopicPartition> = []) {
        pointer = rd_kafka_topic_partition_list_new(Int32(partitions.count))
        for partition in partitions { add(partition, offset: Int64(RD_KAFKA_OFFSET_INVALID)) }
    }

    /// Takes over a list that the library made.
    init(owning pointer: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>) { self.pointer = pointer }

    init(_ starts: [PartitionStart]) {
        pointer = rd_kafka_topic_partition_list_new(Int32(starts.count))
        for start in starts { add(start.partition, offset: start.position.libraryOffset) }
    }

    init(_ offsets: [CommittedOffset]) {
        pointer = rd_kafka_topic_partition_list_new(Int32(offsets.count))
        for offset in offsets { add(offset.partition, offset: offset.offset, metadata: offset.metadata) }
    }

    deinit { rd_kafka_topic_partition_list_destroy(pointer) }

    func add(_ partition: TopicPartition, offset: Int64, metadata: String = "") {
        guard let element = rd_kafka_topic_partition_list_add(pointer, partition.topic, partition.partition) else {
            return
        }
        element.pointee.offset = offset
        guard !metadata.isEmpty else { return }
        // The list frees this with the C allocator.
        let bytes = metadata.utf8.count
        let copy = malloc(bytes + 1)!
        _ = metadata.withCString { memcpy(copy, $0, bytes + 1) }
        element.pointee.metadata = copy
        element.pointee.metadata_size = bytes
    }

    var count: Int { Int(pointer.pointee.cnt) }

    /// One entry of the list.
    struct Entry {
        let partition: TopicPartition
        let offset: Int64
        let metadata: String
        let error: rd_kafka_resp_err_t
    }

    var entries: [Entry] { Self.entries(of: pointer) }

    var partitions: [TopicPartition] { Self.partitions(of: pointer) }

    static func entries(of list: UnsafePointer<rd_kafka_topic_partition_list_t>) -> [Entry] {
        (0..<Int(list.pointee.cnt)).map { index in
            let element = list.pointee.elems[index]
            let bytes = UnsafeRawBufferPointer(start: element.metadata, count: element.metadata_size)
            return Entry(
                partition: TopicPartition(String(cString: element.topic), element.partition), offset: element.offset,
                metadata: String(decoding: bytes, as: UTF8.self), error: element.err)
        }
    }

    static func entries(of list: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>) -> [Entry] {
        entries(of: UnsafePointer(list))
    }

    static func partitions(of list: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>) -> [TopicPartition] {
        (0..<Int(list.pointee.cnt)).map { index in
            let element = list.pointee.elems[index]
            return TopicPartition(String(cString: element.topic), element.partition)
        }
    }
}

extension StartPosition {
    var libraryOffset: Int64 {
        switch self {
        case .committed: Int64(RD_KAFKA_OFFSET_STORED)
        case .beginning: Int64(RD_KAFKA_OFFSET_BEGINNING)
        case .end: Int64(RD_KAFKA_OFFSET_END)
        case .offset(let offset): offset
        }
    }
}
