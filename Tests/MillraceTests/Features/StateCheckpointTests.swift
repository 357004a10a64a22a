import Foundation
import Testing

@testable import Millrace

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
}
