import Compression
import Foundation
import Testing

import Millrace
@testable import MillraceCore
@testable import MillraceLearning

@Suite struct KnownEntityExclusionTests {
    @Test func `a row leaves when its entity was known by then, not when it became known later`() throws {
        let exclusion = KnownEntityExclusion(
            positives: [
                .init(entity: 0, eventTime: 100, knownAt: 200), .init(entity: 0, eventTime: 150, knownAt: 180),
                .init(entity: 1, eventTime: 20, knownAt: 110), .init(entity: 2, eventTime: 100, knownAt: 300),
            ], since: 50)
        let moments: [Int64] = [179, 180, 181, 500, 299, 300, 1000]
        let entities: [Int32] = [0, 0, 0, 1, 2, 2, 9]
        // Entity 1's positive is older than counts; entity 9 has none.
        #expect(try exclusion.rowsToKeep(entities: entities, moments: moments) == [0, 3, 4, 6])
        #expect(throws: EvaluationError.self) { try exclusion.rowsToKeep(entities: [1], moments: []) }
    }

    static let dataFolder = ProcessInfo.processInfo.environment["MILLRACE_DATA"]

    // Needs handbook-transactions.csv.zst; MILLRACE_DATA names its folder.
    @Test(.enabled(if: dataFolder != nil, "needs MILLRACE_DATA, the folder with handbook-transactions.csv.zst"))
    func `the handbook's test week keeps 58,264 rows and 385 frauds`() throws {
        let path = try #require(Self.dataFolder) + "/handbook-transactions.csv.zst"
        let lines = try LineReader(path: path)
        _ = try lines.next()
        let day: Int64 = 86_400_000_000
        let start = try #require(Timestamp(rfc3339: "2018-08-08T00:00:00Z")).microseconds
        let from = Array("2018-07-01".utf8)
        let through = Array("2018-08-14".utf8)
        var positives: [KnownEntityExclusion.Positive] = []
        var (entities, moments, labels) = ([Int32](), [Int64](), [UInt8]())
        while let line = try lines.next() {
            // A tenth of the file matters; the others' fields are not even split.
            guard let comma = line.firstIndex(of: UInt8(ascii: ",")) else { continue }
            let date = line[(comma + 1)...].prefix(10)
            guard !date.lexicographicallyPrecedes(from), !through.lexicographicallyPrecedes(date) else { continue }
            let fields = line.split(separator: UInt8(ascii: ","))
            let time = try #require(Timestamp(rfc3339: String(decoding: fields[1], as: UTF8.self))).microseconds
            let customer = try #require(Int32(String(decoding: fields[2], as: UTF8.self)))
            let isFraud = fields[5].first == UInt8(ascii: "1")
            // The handbook's labels are known seven days after the event.
            if isFraud { positives.append(.init(entity: customer, eventTime: time, knownAt: time + 7 * day)) }
            guard time >= start else { continue }
            entities.append(customer)
            moments.append(time - time % day)
            labels.append(isFraud ? 1 : 0)
        }
        let exclusion = KnownEntityExclusion(positives: positives, since: start - 14 * day)
        let kept = try exclusion.rowsToKeep(entities: entities, moments: moments)
        #expect(kept.count == 58_264)
        #expect(kept.count { labels[$0] == 1 } == 385)
        // Counting every positive ever known asks another question.
        let everything = KnownEntityExclusion(positives: positives, since: 0)
        #expect(try everything.rowsToKeep(entities: entities, moments: moments).count < 58_264)
    }
}
