import World

extension Consumer {
    /// Commits under the present membership.
    public func commit(_ offsets: [CommittedOffset]) throws {
        guard !offsets.isEmpty else { return }
        try broker.request("committing offsets of \(group)")
        let state = broker.group(group)
        if let metadata = groupMetadata {
            try state.check(member: metadata.member, generation: metadata.generation)
        }
        for offset in offsets {
            state.committed[offset.partition] = offset
            broker.note(offset, of: group)
        }
        try broker.answer("committing offsets of \(group)", within: .seconds(5))
    }

    /// Waits a while for transactions that would change the answer, then says so.
    public func committed(
        _ partitions: [TopicPartition], timeout: Duration = .seconds(10)
    ) throws -> [TopicPartition: CommittedOffset] {
        try broker.stableOffsets(of: group, partitions)
    }

    public func endOffsets(
        _ partitions: [TopicPartition], timeout: Duration = .seconds(10)
    ) throws -> [TopicPartition: Watermarks] {
        try broker.request("asking for ends", within: timeout)
        var ends: [TopicPartition: Watermarks] = [:]
        for partition in partitions {
            let log = try broker.log(partition)
            ends[partition] = Watermarks(low: log.low, high: log.end(settings.isolation))
        }
        return ends
    }
}

extension Broker {
    func stableOffsets(
        of name: String, _ partitions: [TopicPartition]
    ) throws -> [TopicPartition: CommittedOffset] {
        try request("reading the committed offsets of \(name)", within: .seconds(10))
        let state = group(name)
        let end = world.now + 1_000_000_000
        while state.pending.values.contains(where: { $0.keys.contains(where: partitions.contains) }) {
            guard world.now < end else {
                throw KafkaError(
                    code: .unstableOffsetCommit, message: "a transaction would change the offsets of \(name)",
                    isRetriable: true)
            }
            world.sleep(20_000_000)
            if world.process.isDead { throw Self.gone }
        }
        return state.committed.filter { partitions.contains($0.key) }
    }
}
