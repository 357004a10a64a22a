import Testing

import Millrace
@testable import MillraceCore
@testable import MillraceStream

@Suite struct DelayedLabelsTests {
    @Test func observedDelaysHaveTheQuantilesOfTheField() {
        let count = 200_000
        let days = (0..<count).map { event in
            LabelDelay.observed.delay(hash: LabelDelay.hash(event, seed: 3)) / .seconds(86_400)
        }
        for (limit, share) in [(1.0, 0.11), (3, 0.46), (7, 0.77), (14, 0.84), (30, 0.90), (60, 0.965), (120, 1)] {
            let found = Double(days.count { $0 <= limit }) / Double(count)
            #expect(abs(found - share) < 0.005, "within \(limit) days")
        }
        let median = days.sorted()[count / 2]
        #expect(abs(median - 3.5) < 0.1)
        #expect(days.min()! > 0)
    }

    @Test func anEventsDelayDependsOnItsNumberAndTheSeedAlone() {
        func delay(_ event: Int, _ seed: UInt64) -> Duration {
            LabelDelay.observed.delay(hash: LabelDelay.hash(event, seed: seed))
        }
        #expect(delay(77, 1) == delay(77, 1))
        #expect((0..<100).contains { delay($0, 1) != delay($0, 2) })
        #expect((0..<100).contains { delay($0, 1) != delay($0 + 1, 1) })
        let id = Array("card-77".utf8)
        let hash = id.withUnsafeBytes { LabelDelay.hash($0, seed: 1) }
        #expect(id.withUnsafeBytes { LabelDelay.hash($0, seed: 1) } == hash)
        #expect(id.withUnsafeBytes { LabelDelay.hash($0, seed: 2) } != hash)
    }

    @Test func delaysAreReadFromText() {
        #expect(LabelDelay("7d") == .fixed(.seconds(604_800)))
        #expect(LabelDelay("observed") == .observed)
        #expect(LabelDelay("soon") == nil)
        #expect(LabelDelay.fixed(.zero).delay(hash: 0) == .seconds(1))
    }

    @Test func labelsComeOutInOrderOfTimeAndThoseOfOneTimeInOrderOfTheirEvents() {
        var random = SimulationRandom(seed: 5)
        var labels = DelayedLabels<Int>()
        var expected: [(Int64, Int)] = []
        for event in 0..<3000 {
            let time = Int64(random.index(below: 400))
            labels.add(.init(event: event, reported: Timestamp(microseconds: time), isFraud: true))
            expected.append((time, event))
        }
        expected.sort { $0 < $1 }
        var found: [(Int64, Int)] = []
        while let label = labels.pop() { found.append((label.reported.microseconds, label.event)) }
        #expect(found.elementsEqual(expected) { $0 == $1 })
    }

    @Test func aLabelIsKnownAtItsTimeAndNotBefore() {
        var labels = DelayedLabels<Int>()
        labels.add(.init(event: 1, reported: Timestamp(microseconds: 100), isFraud: true))
        #expect(labels.pop(knownAt: Timestamp(microseconds: 99)) == nil)
        #expect(labels.pop(knownAt: Timestamp(microseconds: 100))?.event == 1)
        #expect(labels.isEmpty)
    }

    /// One step of a stream: an event or a label.
    private struct Step {
        var isLabel: Bool
        var event: Int
        var seconds: Int
        var isFraud: Bool
    }

    private func steps(_ stream: SimulatedStream, max: Int) -> [Step] {
        var stream = stream
        var batch = SimulatedStream.Batch()
        var steps: [Step] = []
        while stream.fill(&batch, max: max) {
            var (row, taken) = (0, 0)
            // The columns say the same as forEach; both are read, so that neither can be wrong alone.
            var lengths: [Int] = []
            batch.forEach {
                lengths.append($0.count)
            } label: { _ in
                lengths.append(-1)
            }
            for length in lengths {
                if length < 0 {
                    let label = batch.labels[taken]
                    taken += 1
                    let seconds = Int(label.reported.microseconds / 1_000_000)
                    steps.append(Step(isLabel: true, event: label.event, seconds: seconds, isFraud: label.isFraud))
                    continue
                }
                for _ in 0..<length {
                    steps.append(
                        Step(
                            isLabel: false, event: batch.transactions.ids[row],
                            seconds: batch.transactions.seconds[row], isFraud: batch.transactions.isFraud(row)))
                    row += 1
                }
            }
            #expect(row == batch.transactions.count && taken == batch.labels.count)
        }
        return steps
    }

    @Test(arguments: LabelReports.allCases)
    func aStreamGivesEveryEventAndLabelInOneOrderOfTime(_ reports: LabelReports) throws {
        let parameters = TransactionSimulatorTests.small(days: 20)
        let stream = SimulatedStream(
            try TransactionSimulator(parameters), delay: .fixed(.seconds(3 * 86_400)), reports: reports)
        let steps = steps(stream, max: 997)
        for (earlier, later) in zip(steps, steps.dropFirst()) {
            #expect(earlier.seconds <= later.seconds)
            // At equal times the label comes first.
            if earlier.seconds == later.seconds { #expect(earlier.isLabel || !later.isLabel) }
        }
        let events = steps.filter { !$0.isLabel }
        let labels = steps.filter(\.isLabel)
        #expect(events.map(\.event) == Array(0..<events.count))
        let rows = try TransactionSimulatorTests.all(parameters)
        #expect(events.count == rows.count)
        let reported = events.filter { $0.isFraud || reports == .all }
        #expect(labels.map(\.event) == reported.map(\.event))
        #expect(labels.map(\.isFraud) == reported.map(\.isFraud))
        #expect(zip(labels, reported).allSatisfy { $0.seconds == $1.seconds + 3 * 86_400 })
        #expect(labels.contains { $0.isFraud })
        // Seldom enough to be forgotten, often enough to be tested.
        if reports == .all {
            #expect(zip(steps, steps.dropFirst()).contains { $0.isLabel && !$1.isLabel && $0.seconds == $1.seconds })
        }
    }

    @Test func aStreamThatEndsWithItsEventsKeepsTheLabelsThatAreNotYetKnown() throws {
        let stream = SimulatedStream(
            try TransactionSimulator(TransactionSimulatorTests.small(days: 3)), delay: .fixed(.seconds(30 * 86_400)),
            reports: .all, endsWithLabels: false)
        #expect(!steps(stream, max: 100).contains { $0.isLabel })
    }
}
