import Millrace
import Testing

@Suite struct AlertBookTests {
    /// What fires now, from a machine that has seen a quarantined window.
    private static func fired() throws -> AlertFired {
        var timeline = AlertTimeline()
        timeline.run(.seconds(120)) { $0.isQuarantined = true }
        return try #require(timeline.fired.first)
    }

    @Test func `The topic folds to the same book in any number of readings, and is told once`() throws {
        let fired = try Self.fired()
        let resolved = AlertResolved(fired, time: fired.time + .seconds(60), observer: "0")
        func message(_ payload: some Payload) throws -> ReceivedMessage {
            let record = try MessageCodec.encode(payload, pipeline: "cards", from: "/t", to: .alerts)
            #expect(record.topic == "millrace.cards.alerts")
            return try MessageCodec.decode(headers: record.headers, value: record.value)
        }
        var book = AlertBook()
        try book.fold(message(fired))
        #expect(book.firing == [fired] && book.untold.map(\.fired) == [fired])
        try book.fold(message(fired))
        try book.fold(message(try #require(book.untold.first).told))
        #expect(book.firing == [fired] && book.untold.isEmpty)
        try book.fold(message(resolved))
        #expect(book.firing.isEmpty && book.untold.map(\.resolved) == [resolved])
        // Late copies change nothing.
        try book.fold(message(fired))
        #expect(book.firing.isEmpty)
        try book.fold(message(try #require(book.untold.first).told))
        try book.fold(message(resolved))
        #expect(book.untold.isEmpty && book.nextNumber(of: fired.key) == 2)
    }

    @Test func `What was over before anybody could be told is not told`() throws {
        let fired = try Self.fired()
        var book = AlertBook()
        book.fold(fired)
        book.fold(AlertResolved(fired, time: fired.time + .seconds(1), observer: "0"))
        #expect(book.untold.isEmpty)
    }

    @Test func `A notice is tried again after growing pauses, and at last given up`() throws {
        let fired = try Self.fired()
        var book = AlertBook()
        book.fold(fired)
        var delivery = AlertDelivery(instance: "0")
        var now = fired.time
        var pauses: [Duration] = []
        while let notice = delivery.next(book.untold, now: now), pauses.count < 100 {
            if delivery.failed(notice, isRetriable: true, now: now) { break }
            let failed = now
            while delivery.next(book.untold, now: now) == nil { now = now + .milliseconds(500) }
            pauses.append(now - failed)
        }
        #expect(pauses.count == AlertDelivery.attempts - 1)
        #expect(pauses.prefix(4) == [.seconds(1), .seconds(2), .seconds(4), .seconds(8)])
        #expect(pauses.max() == .seconds(300))
        #expect(delivery.next(book.untold, now: now + .seconds(86_400)) == nil)
        // That it is over was not told to those who do not know that it began.
        book.fold(AlertResolved(fired, time: now, observer: "0"))
        #expect(delivery.next(book.untold, now: now + .seconds(86_400)) == nil)

        var other = AlertDelivery(instance: "0")
        book = AlertBook()
        book.fold(fired)
        #expect(other.failed(try #require(book.untold.first), isRetriable: false, now: now))
        #expect(other.next(book.untold, now: now + .seconds(86_400)) == nil)
    }

    @Test func `Another process tells what the one that said it has not told in a minute`() throws {
        let fired = try Self.fired()
        var book = AlertBook()
        book.fold(fired)
        var delivery = AlertDelivery(instance: "other")
        #expect(delivery.next(book.untold, now: fired.time + .seconds(59)) == nil)
        #expect(delivery.next(book.untold, now: fired.time + .seconds(60))?.fired == fired)
    }

    @Test func `A notice names itself, and says to people what to type`() throws {
        let fired = try Self.fired()
        var book = AlertBook()
        book.fold(fired)
        let notice = try #require(book.untold.first)
        let text = String(decoding: try notice.body(pipeline: "cards"), as: UTF8.self)
        for part in [
            "\"status\":\"firing\"", "\"alert\":\"MillraceWindowQuarantined\"", "\"severity\":\"critical\"",
            "\"pipeline\":\"cards\"", "\"id\":\"\(notice.id(pipeline: "cards"))\"",
            "[critical] cards: a window waits in quarantine.", "Type: millrace quarantine list",
        ] {
            #expect(text.contains(part), "\(part) in \(text)")
        }
    }
}
