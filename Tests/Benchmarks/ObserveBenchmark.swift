import Foundation
import Kafka
import Millrace
import MillraceWorker

/// The cost of looking at many groups: what the role `observe` does at each interval, without the rest of the worker.
struct ObserveBenchmark {
    static let topics = (0..<20).map { "observed-\($0)" }
    static let partitions = 50
    static let groups = (0..<20).map { "watching-\($0)" }
    private static let records = 100

    let settings: ClientSettings

    init(brokers: String) { settings = ClientSettings(brokers: brokers, clientID: "bench") }

    private var all: [TopicPartition] {
        Self.topics.flatMap { topic in (0..<Int32(Self.partitions)).map { TopicPartition(topic, $0) } }
    }

    /// Makes topics, and goes on writing to all of them, while groups follow at some distance.
    func feed() throws {
        let admin = try Admin(settings: settings)
        try admin.createTopics(Self.topics.map { NewTopic($0, partitions: Self.partitions) })
        admin.close()
        let producer = try Producer(settings: settings)
        let members = try Self.groups.map { try Consumer(group: $0, settings: settings) }
        func write(_ count: Int) throws {
            for partition in all {
                for _ in 0..<count {
                    try producer.send(to: partition.topic, partition: partition.partition, value: [1])
                }
            }
            try producer.flush()
        }
        try write(Self.records)
        for (index, member) in members.enumerated() {
            try member.commit(all.map { CommittedOffset($0, offset: Int64(index)) })
        }
        print("ready")
        fflush(nil)
        var turn = 0
        while true {
            Thread.sleep(forTimeInterval: 1)
            try write(1)
            // Every group once in ten seconds, so that every look finds all of them elsewhere.
            for index in [turn % 10, turn % 10 + 10] {
                let offset = Int64(index + turn + 1)
                try members[index].commit(all.map { CommittedOffset($0, offset: offset) })
            }
            turn += 1
        }
    }

    /// Looks every `interval` seconds, and says what that cost.
    func look(seconds: Double, interval: Double) throws -> String {
        let sampler = try LagSampler(settings: settings)
        let watches = Self.groups.map { LagSampler.Watch(group: $0, topics: Self.topics) }
        var observer = LagObserver()
        var series = LagSeries()
        var latest: Observation?
        var looks = 0
        let begin = Self.usage().cpu
        let start = ContinuousClock.now
        while ContinuousClock.now - start < .seconds(seconds) {
            let next = ContinuousClock.now + .seconds(interval)
            let observation = Observation(time: .now, groups: try observer.observe(watches, with: sampler))
            series.add(observation)
            latest = observation
            looks += 1
            Thread.sleep(forTimeInterval: max(0, Double((next - .now).microseconds) / 1e6))
        }
        let elapsed = Double((ContinuousClock.now - start).microseconds) / 1e6
        let (cpu, peak) = Self.usage()
        let rows = latest?.groups.flatMap(\.partitions) ?? []
        let read = rows.count { $0.age.source == .record }
        let lag = latest?.groups.reduce(0) { $0 + $1.lag } ?? 0
        sampler.close()
        return """
            {"looks": \(looks), "seconds": \(elapsed), "cpu_seconds": \(cpu - begin), "peak_bytes": \(peak), \
            "rows": \(rows.count), "read": \(read), "lag": \(lag), "trouble": \(sampler.trouble.count)}
            """
    }

    private static func usage() -> (cpu: Double, peak: Int) {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
        return (seconds(usage.ru_utime) + seconds(usage.ru_stime), usage.ru_maxrss * 1024)
    }
}
