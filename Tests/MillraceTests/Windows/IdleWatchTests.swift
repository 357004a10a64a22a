import Millrace
import Testing

@Suite("The watch over idle partitions") struct IdleWatchTests {
    private typealias Partition = IdleWatch.Partition

    private let start = ContinuousClock.now
    private let busy = Partition("events", 0)
    private let quiet = Partition("events", 1)
    private let labels = Partition("labels", 0)

    private func own(_ partition: Partition, end: Int64?, sealedThrough: Int64? = nil) -> IdleWatch.Own {
        .init(
            partition, kind: partition.topic == "labels" ? .labels : .events, end: end.map { ($0, start) },
            sealedThrough: sealedThrough)
    }

    private func next(_ watch: inout IdleWatch, _ own: [IdleWatch.Own], now: ContinuousClock.Instant)
        -> IdleWatch.Question?
    { watch.next(own, now: now) }

    @Test("seals the quiet partition of a fresh pipeline whose busy one another process owns")
    func freshPipelineOfTwoProcesses() throws {
        var watch = IdleWatch(idle: .seconds(60))
        watch.adopt([(busy, .events, nil)], now: start)
        let mine = [own(quiet, end: 0)]
        #expect(watch.next(mine, now: start + .seconds(59)) == nil)
        let first = try #require(next(&watch, mine, now: start + .seconds(60)))
        #expect(first.own == [quiet] && first.foreign == [busy])

        // The other has sealed nothing yet; then it has.
        var answer = IdleWatch.Answer(first.number)
        answer.ends = [quiet: 0, busy: 500]
        answer.committed = [busy: 300]
        #expect(watch.take(answer, mine, now: start + .seconds(61)) == [])
        let second = try #require(next(&watch, mine, now: start + .seconds(62)))
        answer.number = second.number
        answer.sealedThrough = [busy: 7200]
        #expect(
            watch.take(answer, mine, now: start + .seconds(63)) == [
                .init(partition: quiet, through: 7200, position: 0)
            ])
    }

    @Test("asks about other processes once a second at most, and never twice at a time")
    func paced() throws {
        var watch = IdleWatch(idle: .seconds(60))
        watch.adopt([(busy, .events, 3600)], now: start)
        var questions = 0
        for step in 0..<1000 {
            let now = start + .seconds(100) + .milliseconds(step * 10)
            guard let question = watch.next([own(quiet, end: 5)], now: now) else { continue }
            questions += 1
            #expect(watch.next([own(quiet, end: 5)], now: now + .seconds(30)) == nil)
            _ = watch.take(IdleWatch.Answer(question.number), [own(quiet, end: 5)], now: now)
        }
        #expect(questions == 10)
    }

    @Test("asks nobody when it has all partitions and nothing could be sealed")
    func asksOnlyForAReason() {
        var watch = IdleWatch(idle: .seconds(1))
        let later = start + .seconds(5)
        #expect(watch.next([own(quiet, end: 5), own(busy, end: nil)], now: later) == nil)
        #expect(
            watch.next([own(quiet, end: 5, sealedThrough: 10), own(busy, end: nil, sealedThrough: 10)], now: later)
                == nil)
        #expect(watch.next([own(quiet, end: 5), own(busy, end: nil, sealedThrough: 10)], now: later) != nil)
    }

    @Test("seals nothing at an end that the brokers do not confirm, nor on an answer that says nothing")
    func unconfirmed() throws {
        var watch = IdleWatch(idle: .seconds(1))
        let mine = [own(quiet, end: 5), own(busy, end: nil, sealedThrough: 10)]
        for ends in [[:], [quiet: 6]] as [[Partition: Int64]] {
            let question = try #require(next(&watch, mine, now: start + .seconds(ends.isEmpty ? 5 : 10)))
            var answer = IdleWatch.Answer(question.number)
            answer.ends = ends
            #expect(watch.take(answer, mine, now: start + .seconds(6)) == [])
        }
    }

    @Test("an answer to a question from before an assignment is void, and the next question is asked all the same")
    func assignmentWhileAsking() throws {
        var watch = IdleWatch(idle: .seconds(1))
        let mine = [own(quiet, end: 5), own(busy, end: nil, sealedThrough: 10)]
        let lost = try #require(next(&watch, mine, now: start + .seconds(5)))
        watch.adopt([], now: start + .seconds(6))
        let asked = try #require(next(&watch, mine, now: start + .seconds(7)))
        var answer = IdleWatch.Answer(lost.number)
        answer.ends = [quiet: 5]
        #expect(watch.take(answer, mine, now: start + .seconds(7)) == [])
        answer.number = asked.number
        #expect(watch.take(answer, mine, now: start + .seconds(7)).count == 1)
    }

    @Test("holds nothing back for another process's partition that its owner has read to an end which stands still")
    func foreignIdle() throws {
        var watch = IdleWatch(idle: .seconds(2))
        watch.adopt([(busy, .events, 3600)], now: start)
        let mine = [own(Partition("events", 2), end: nil, sealedThrough: 9000), own(labels, end: 4)]
        func ask(_ seconds: Int, committed: Int64) throws -> [IdleWatch.Order] {
            let now = start + .seconds(seconds)
            let question = try #require(next(&watch, mine, now: now))
            var answer = IdleWatch.Answer(question.number)
            answer.ends = [labels: 4, busy: 80]
            answer.committed = [busy: committed]
            return watch.take(answer, mine, now: now)
        }
        #expect(try ask(10, committed: 70).map(\.through) == [3600])
        #expect(try ask(11, committed: 80).map(\.through) == [3600])
        #expect(try ask(20, committed: 80).map(\.through) == [9000])
    }
}
