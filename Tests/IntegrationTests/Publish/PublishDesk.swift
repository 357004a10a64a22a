import Foundation

import Millrace
@testable import MillraceCore
@testable import MillraceLearning
@testable import MillraceWorker

/// The control topics in memory, and a handler fed from them as its loop would feed it: what the role does, without
/// brokers and without waiting.
final class PublishDesk {
    struct Killed: Error {}

    let fixture: LearningFixture
    private(set) var topics: [Arrow: [OutgoingRecord]] = [:]
    private var committed: [Arrow: Int64] = [:]
    private(set) var handler: PublishHandler
    private var read: [Arrow: Int64] = [:]
    private var work: (@Sendable (WorkContext) throws -> any Sendable)?
    private(set) var passedOver = 0
    private(set) var buried: [MessageError] = []
    /// Dies after the next commit, before the handler hears of it.
    var diesAfterCommit = false
    /// Called when a comparison begins, while its result is awaited.
    var duringWork: (() throws -> Void)?

    /// - Parameter count: how many of the messages about datasets are there to begin with.
    init(_ fixture: LearningFixture, withDatasets count: Int = .max) throws {
        self.fixture = fixture
        handler = PublishHandler(pipeline: fixture.pipeline, log: Log { _ in })
        try restart()
        for message in fixture.datasets.prefix(count) { try put(message, .datasets) }
    }

    /// A new process: nothing is left but the topics, the commits and the disk.
    func restart() throws {
        handler = PublishHandler(pipeline: fixture.pipeline, log: Log { _ in })
        work = nil
        handler.reset()
        for arrow in handler.folds {
            for offset in (topics[arrow] ?? []).indices { try handler.fold(record(arrow, Int64(offset))) }
        }
        let starts = try handler.start()
        for arrow in handler.inputs { read[arrow] = starts[arrow] ?? committed[arrow] ?? 0 }
    }

    func put<P: Payload>(_ payload: P, _ arrow: Arrow, id: String? = nil) throws {
        let envelope = Envelope(
            id: id ?? MessageCodec.id(of: payload, pipeline: "shop"), type: P.type, source: "/test")
        put(try MessageCodec.encode(payload, envelope: envelope, pipeline: "shop", to: arrow), arrow)
    }

    func put(_ record: OutgoingRecord, _ arrow: Arrow) { topics[arrow, default: []].append(record) }

    /// Asks, and lets the handler answer.
    /// - Returns: the newest release.
    @discardableResult
    func ask(_ request: some Payload, id: String = UUID().uuidString) throws -> Release? {
        try put(request, .requests, id: id)
        try run()
        return try releases().last
    }

    @discardableResult
    func judge(_ run: String, _ strength: LearningFixture.Strength, isDryRun: Bool = false) throws -> Release? {
        try put(fixture.train(run, strength, isDryRun: isDryRun), .models)
        try self.run()
        return try releases().last
    }

    func releases() throws -> [Release] {
        try (topics[.releases] ?? []).compactMap {
            try Release(MessageCodec.decode(headers: $0.headers, value: $0.value))
        }
    }

    var registry: Registry { Registry(fixture.pipeline) }

    /// Until nothing is left to read and to do.
    func run() throws {
        try settle()
        var isMoving = true
        while isMoving {
            isMoving = false
            for arrow in handler.inputs.reversed() {
                while let offset = read[arrow], offset < (topics[arrow]?.count ?? 0) {
                    isMoving = true
                    read[arrow] = offset + 1
                    do {
                        try handler.receive(record(arrow, offset))
                    } catch {
                        handler.skip(arrow, offset: offset)
                        if error.code == .unknownType { passedOver += 1 } else { buried.append(error) }
                    }
                    try settle()
                }
            }
            if let body = work {
                isMoving = true
                try duringWork?()
                duringWork = nil
                work = nil
                handler.finished(Result { try body(WorkContext()) })
                try settle()
            }
        }
        committed.merge(handler.positions) { $1 }
    }

    /// Goes on through the pauses between attempts.
    func runUntil(_ condition: () throws -> Bool) throws {
        let deadline = ContinuousClock.now + .seconds(30)
        while try !condition(), ContinuousClock.now < deadline {
            Thread.sleep(forTimeInterval: 0.05)
            try run()
        }
    }

    private func settle() throws {
        while let action = try handler.next(now: .now) {
            switch action {
            case .publish(let records, let positions, let done):
                let offsets = records.map { record in
                    let arrow = Arrow.allCases.first { $0.topic(of: "shop") == record.topic }!
                    put(record, arrow)
                    return Int64(topics[arrow]!.count - 1)
                }
                committed.merge(positions) { $1 }
                if diesAfterCommit { throw Killed() }
                done(offsets)
            case .work(_, let body): work = body
            case .pause, .resume, .notify: break
            }
        }
    }

    /// Hands a request in while a comparison is under way.
    func interrupt(with request: some Payload) throws {
        try put(request, .requests, id: UUID().uuidString)
        let offset = read[.requests]!
        read[.requests] = offset + 1
        try handler.receive(record(.requests, offset))
        try settle()
    }

    private func record(_ arrow: Arrow, _ offset: Int64) throws(MessageError) -> ControlRecord {
        let record = topics[arrow]![Int(offset)]
        return ControlRecord(
            arrow: arrow, offset: offset, timestampMilliseconds: nil,
            message: try MessageCodec.decode(headers: record.headers, value: record.value))
    }
}
