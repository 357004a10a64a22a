import Kafka
import World

/// What upstream sends, decided beforehand.
struct Workload {
    enum Kind { case append(value: [UInt8]?, producer: Int?), mark(producer: Int, isCommit: Bool) }

    struct Delivery {
        /// ns
        var time: Int64
        var partition: TopicPartition
        var kind: Kind
        /// ms since 1970
        var timestamp: Int64
    }

    /// In the order of time.
    private(set) var deliveries: [Delivery] = []
    /// Records of each kind beside the plain ones.
    private(set) var counts: [String: Int] = [:]
    /// 2024-01-01T00:00:00Z, in seconds.
    static let base: Int64 = 1_704_067_200
    /// Event time passes that much faster than the clock.
    static let pace = 2400.0
    /// Amounts beyond it break a rule.
    static let outrageous = 5000

    private var dice: Dice
    private var nextID = 1
    private var nextProducer = 1000
    /// When events were sent (ns), and their ids.
    private var sent: [(time: Int64, id: Int)] = []

    init(_ scenario: Scenario) {
        dice = Dice(scenario.seed &* 2)
        for index in 0..<scenario.partitions {
            fill(TopicPartition("transactions", Int32(index)), from: dice.within(0...500_000_000), scenario)
        }
        var count = scenario.partitions
        for case (let at, .addPartitions(let added)) in scenario.steps.map({ ($0.at, $0.kind) }) {
            for index in count..<count + added {
                let start = Int64(at * 1e9) + dice.within(1_000_000...3_000_000_000)
                fill(TopicPartition("transactions", Int32(index)), from: start, scenario)
            }
            count += added
        }
        if hasRubbish {
            // Of what comes in one go: enough that it is read, whatever was judged before it. After the last loss, too.
            let time = Int64(max(scenario.seconds, scenario.steps.last?.at ?? 0) * 1e9) + 1_000_000_000
            for index in 0..<count { addGoodOnes(TopicPartition("transactions", Int32(index)), at: time) }
        }
        if scenario.cast == .all { fillLabels(scenario) }
        let order = deliveries.enumerated().sorted { ($0.element.time, $0.offset) < ($1.element.time, $1.offset) }
        deliveries = order.map(\.element)
    }

    private mutating func fill(_ partition: TopicPartition, from start: Int64, _ scenario: Scenario) {
        let end = Int64(scenario.seconds * 1e9)
        guard start < end else { return }
        var time = start
        var quiet: ClosedRange<Int64>?
        // Enough in a row to make ingest pause.
        let hasRubbish = scenario.spices.contains(.rubbish) && dice.one(in: 3)
        let rubbishFrom = hasRubbish ? dice.within(0...end / 2) : end
        if scenario.spices.contains(.quiet), !hasRubbish, dice.one(in: 2) {
            let start = dice.within(0...end)
            quiet = start...(start + dice.within(5_000_000_000...15_000_000_000))
            count("quiet spell of a partition")
        }
        var rubbish = 0
        var known: [Int] = []
        while time < end {
            defer { time += dice.within(50_000_000...700_000_000) }
            if let quiet, quiet.contains(time) { continue }
            let inTransaction = scenario.spices.contains(.transactions) && dice.one(in: 5)
            let producer = inTransaction ? nextProducer : nil
            nextProducer += inTransaction ? 1 : 0
            for _ in 0..<(1 + dice.below(4)) {
                var value = record(at: time, &known, scenario)
                if time >= rubbishFrom, rubbish < 12 {
                    rubbish += 1
                    value = Array("rubbish".utf8)
                    count("rubbish event")
                }
                add(time, partition, .append(value: value, producer: producer))
            }
            if let producer {
                let later = time + dice.within(1_000_000...1_500_000_000)
                let isCommit = !dice.one(in: 3)
                count(isCommit ? "upstream transaction" : "upstream transaction, aborted")
                add(later, partition, .mark(producer: producer, isCommit: isCommit))
            }
        }
    }

    /// Whether ingest may pause for so many of them.
    var hasRubbish: Bool { counts["rubbish event"] != nil }

    /// Better ones for every partition that somebody may read beside those with rubbish: a judge of a topic may remember
    /// those when only another of its partitions goes on.
    private mutating func addGoodOnes(_ partition: TopicPartition, at time: Int64) {
        for _ in 0..<40 {
            let seconds = Self.base + Int64(Double(time) / 1e9 * Self.pace)
            nextID += 1
            let value = "{\"id\":\(nextID),\"time\":\(seconds),\"customer\":1,\"amount\":1.10}"
            add(time, partition, .append(value: Array(value.utf8), producer: nil))
        }
    }

    private mutating func record(at time: Int64, _ known: inout [Int], _ scenario: Scenario) -> [UInt8]? {
        var seconds = Double(time) / 1e9 * Self.pace - Double(dice.below(500))
        var id = nextID
        nextID += 1
        switch dice.below(24) {
        case 0 where scenario.spices.contains(.unreadable):
            count("unreadable event")
            return dice.one(in: 4) ? nil : Array("{\"id\":\(id),\"time\":\"yesterday\"}".utf8)
        case 1 where scenario.spices.contains(.future):
            seconds += 90_000
            count("event from the future")
        case 2 where scenario.spices.contains(.late):
            seconds -= Double(dice.within(3600...14_400))
            count("late event")
        case 3 where scenario.spices.contains(.duplicate) && !known.isEmpty:
            id = known[max(0, known.count - 1 - dice.below(20))]
            count("duplicated event")
        default: break
        }
        known.append(id)
        sent.append((time, id))
        var amount = 1 + dice.below(300)
        if scenario.traits.contains(.rules), dice.one(in: 400) {
            amount += Self.outrageous
            count("outrageous event")
        }
        return Array(
            "{\"id\":\(id),\"time\":\(Self.base + Int64(max(0, seconds))),\"customer\":\(dice.below(7)),\"amount\":\(amount).\(10 + id % 90)}"
                .utf8)
    }

    /// Events get labels a while later; some get several, or another one than before.
    private mutating func fillLabels(_ scenario: Scenario) {
        let end = Int64(scenario.seconds * 1e9)
        let events = sent.sorted { ($0.time, $0.id) < ($1.time, $1.id) }
        var time = dice.within(1_000_000_000...2_000_000_000)
        var labelled: [Int] = []
        while time < end {
            defer { time += dice.within(60_000_000...250_000_000) }
            let begin = events.partitioningIndex { $0.time >= time - 2_500_000_000 }
            let limit = events.partitioningIndex { $0.time >= time - 200_000_000 }
            guard begin < limit else { continue }
            var id = events[begin + dice.below(limit - begin)].id
            if scenario.spices.contains(.repeatedLabels), !labelled.isEmpty, dice.one(in: 6) {
                id = labelled[max(0, labelled.count - 1 - dice.below(30))]
                count("duplicated label")
            } else if dice.one(in: 30) {
                id = 1_000_000 + id
                count("label of no event")
            }
            labelled.append(id)
            let reported = Self.base + Int64(Double(time) / 1e9 * Self.pace)
            let value = "{\"id\":\(id),\"reported\":\(reported),\"fraud\":\(dice.one(in: 3) ? 1 : 0)}"
            add(time, TopicPartition("labels", 0), .append(value: Array(value.utf8), producer: nil))
        }
    }

    private mutating func count(_ kind: String) { counts[kind, default: 0] += 1 }

    private mutating func add(_ time: Int64, _ partition: TopicPartition, _ kind: Kind) {
        let event = Double(time) / 1e9 * Self.pace
        deliveries.append(
            Delivery(
                time: time, partition: partition, kind: kind, timestamp: (Self.base + Int64(event)) * 1000))
    }
}

extension Array {
    /// The index of the first element for which a condition holds, which holds for all after it.
    func partitioningIndex(where condition: (Element) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if condition(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
