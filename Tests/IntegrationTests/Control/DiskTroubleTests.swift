import Foundation
import Kafka
import Millrace
import TestSupport
import Testing

@testable import MillraceWorker

/// Disks that fill up or may not be written: what needs them waits and says so, the rest goes on.
@Suite(.serialized, .timeLimit(.minutes(3))) struct DiskTroubleTests {
    private func events(_ hours: Range<Int>) -> [(partition: Int32, value: [UInt8]?)] {
        (hours.lowerBound * 60..<hours.upperBound * 60).map {
            (Int32(0), IngestHarness.event($0, seconds: Double($0) * 60))
        }
    }

    @Test(
        "a full disk holds sealing up, is named by ingest's health, and costs nothing once there is room",
        .enabled(if: SmallDisk.isPossible, "only root may mount a file system of its own"))
    func full() throws {
        let disk = try SmallDisk(megabytes: 1)
        let broker = try EmbeddedCluster()
        defer { broker.close() }
        var harness = try IngestHarness(embedded: broker, name: "full", partitions: 1)
        harness.removeFolder()
        harness.pipeline.folder = "\(disk.path)/state"
        harness.pipeline.windows.idle = .seconds(100)
        let topic = harness.pipeline.events.topics[0]
        try harness.produce(topic, events(0..<4))
        func sealed(_ hour: Int) throws -> Bool {
            try harness.seals().contains { $0.sealedThrough >= IngestHarness.base + .seconds(hour * 3600) }
        }
        #expect(try harness.run { try sealed(3) })

        disk.fill()
        try harness.produce(topic, events(4..<8))
        let stop = StopSignal()
        let service = IngestService(
            pipeline: harness.pipeline, cluster: harness.cluster, instance: "0", log: harness.log, stop: stop)
        let running = RunningService(service)
        defer {
            stop.set()
            _ = running.wait(until: .now + .seconds(20))
        }
        func holds(_ isTrue: () throws -> Bool) throws -> Bool {
            let end = ContinuousClock.now + .seconds(60)
            while ContinuousClock.now < end {
                if try isTrue() { return true }
                Thread.sleep(forTimeInterval: 0.1)
            }
            return false
        }
        #expect(try holds { service.health.current.condition == .failing })
        let detail = service.health.current.detail
        #expect(detail.contains("No space left on device") && detail.contains(disk.path), "\(detail)")
        #expect(try !sealed(5))
        disk.empty()
        #expect(try holds { try sealed(7) })
        #expect(try harness.audit(harness.seals()) == [])
        #expect(try holds { service.health.current.condition != .failing })
    }

    @Test("a folder that cannot be what it must be is named in words, before anything starts")
    func inTheWay() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "millrace-way-\(UUID().uuidString)").path
        try DurableFile.write("a file", to: folder)
        defer { unlink(folder) }
        let error = #expect(throws: FileError.self) {
            _ = try FolderLock(folder: "\(folder)/state", instance: "0", pipeline: "p")
        }
        #expect(error?.message == "cannot create the folder \(folder): a file has its name")
    }
}
