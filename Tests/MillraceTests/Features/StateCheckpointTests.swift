import Foundation
import Testing

import Millrace
@testable import MillraceCore
@testable import MillraceStream

struct StateCheckpointTests {
    @Test func `a checkpoint gives its state back, is refused once damaged, and only the newest are kept`() throws {
        try DatasetTests.withFolder { folder in
            let store = StateCheckpoint(folder: folder)
            let stream = RandomStream(seed: 40, count: 200)
            let engine = try RandomStream.engine()
            _ = engine.append(events: stream.events, labels: stream.labels)
            let files = try (1...5).map { try store.write(engine, after: DatasetTests.day($0)) }
            #expect(try store.restore(RandomStream.engine(), from: files[0]) == DatasetTests.day(1).end)

            try store.retain(newest: 2, featureHash: engine.featureHash)
            let names = try FileManager.default.contentsOfDirectory(atPath: "\(folder)/state/aa").sorted()
            #expect(names == [4, 5].map { "\(DatasetTests.day($0).fileName).state" })

            var bytes = try DurableFile.read("\(folder)/\(files[4].path)")
            bytes[100] ^= 1
            try DurableFile.write(bytes, to: "\(folder)/\(files[4].path)")
            #expect(throws: DatasetError.self) { try store.restore(RandomStream.engine(), from: files[4]) }
        }
    }

    /// Found by the fuzzer: the sums of such a number trapped.
    @Test func `a state with a number that is not finite is refused, though its checksum is right`() throws {
        let engine = try RandomStream.engine()
        var stream = RandomStream(seed: 41, count: 20)
        stream.events.values[4].cells[10] = 1.5.bitPattern
        _ = engine.append(events: stream.events, labels: nil)
        let state = engine.encodedState(at: Timestamp(microseconds: stream.events.times[19] + 1))
        let cell = withUnsafeBytes(of: 1.5.bitPattern.littleEndian) { Array($0) }
        let place = try #require(state.indices.dropLast(8).first { Array(state[$0..<$0 + 8]) == cell })
        for wrong in [Double.infinity, -.infinity, Double(nan: 5, signaling: false)] {
            var body = Array(state.dropLast(32))
            body.replaceSubrange(
                place..<place + 8, with: withUnsafeBytes(of: wrong.bitPattern.littleEndian) { Array($0) })
            let error = #expect(throws: DatasetError.self) {
                _ = try RandomStream.engine().restore(body + Checksum(of: body).bytes)
            }
            #expect(error?.message.contains("not finite") == true)
        }
    }
}
