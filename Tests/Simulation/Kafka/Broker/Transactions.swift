import World

/// What a transaction coordinator knows of one transactional id.
final class TransactionState {
    enum Phase { case empty, ongoing, ending }

    let id: String
    let producer: Int
    var epoch = 0
    var phase = Phase.empty
    var partitions: Set<TopicPartition> = []
    var groups: Set<String> = []
    /// Counts transactions, so that a timeout meets only its own.
    var number = 0
    /// When the present one began (ns).
    var since: Int64 = 0

    init(id: String, producer: Int) {
        self.id = id
        self.producer = producer
    }
}

extension Broker {
    static func fenced(_ action: String) -> KafkaError {
        KafkaError(
            code: .fenced, message: "\(action): a newer producer has taken the transactional id over",
            isRetriable: false, isFatal: true)
    }

    /// Takes an id over: whatever its former owner left open is aborted. Waits for what is ending.
    func initialise(_ id: String) throws -> (TransactionState, epoch: Int) {
        try request("init transactions")
        let state: TransactionState
        if let known = transactions[id] {
            state = known
        } else {
            state = TransactionState(id: id, producer: transactions.count)
            transactions[id] = state
        }
        state.epoch += 1
        let epoch = state.epoch
        if state.phase == .ongoing {
            note("producer fenced with a transaction open")
            end(state, isCommit: false)
        }
        while state.phase == .ending {
            world.sleep(5_000_000)
            if world.process.isDead { throw Self.gone }
        }
        return (state, epoch)
    }

    func checkEpoch(_ state: TransactionState, _ epoch: Int, _ action: String) throws(KafkaError) {
        if state.epoch != epoch {
            note("zombie producer refused")
            throw Self.fenced(action)
        }
    }

    /// The first request of a transaction waits until the one before has its markers.
    func enter(_ state: TransactionState, _ epoch: Int, timeout: Duration) throws {
        try checkEpoch(state, epoch, "beginning")
        while state.phase == .ending {
            world.sleep(5_000_000)
            if world.process.isDead { throw Self.gone }
            try checkEpoch(state, epoch, "beginning")
        }
        guard state.phase == .empty else { return }
        state.phase = .ongoing
        state.number += 1
        state.since = world.now
        let number = state.number
        world.after(timeout.simulatedNanoseconds) { [self] in
            guard state.phase == .ongoing, state.number == number else { return }
            note("transaction timed out")
            world.tell("the broker aborts the transaction that \(state.id) left open")
            state.epoch += 1
            end(state, isCommit: false)
        }
    }

    /// Decides a transaction. Its markers follow one by one.
    func end(_ state: TransactionState, isCommit: Bool) {
        state.phase = .ending
        var left = state.partitions.count + state.groups.count
        let (partitions, groups) = (state.partitions.sorted(), state.groups.sorted())
        (state.partitions, state.groups) = ([], [])
        if left == 0 { state.phase = .empty } else if isCommit { committing.insert(state.producer) }
        func done() {
            left -= 1
            if left == 0 {
                state.phase = .empty
                committing.remove(state.producer)
            }
            changed.wakeThoseReady()
        }
        for partition in partitions {
            world.after(world.dice.within(500_000...12_000_000)) { [self] in
                topics[partition.topic]?[Int(partition.partition)].mark(
                    producer: state.producer, isCommit: isCommit, at: world.now)
                done()
            }
        }
        for name in groups {
            world.after(world.dice.within(500_000...12_000_000)) { [self] in
                let group = group(name)
                let offsets = group.pending.removeValue(forKey: state.producer) ?? [:]
                if isCommit {
                    group.committed.merge(offsets) { $1 }
                    for offset in offsets.values { note(offset, of: name) }
                }
                done()
            }
        }
    }
}
