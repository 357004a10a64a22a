import Foundation
import Millrace
import Testing

@Suite struct RegistryTests {
    let folder: String
    let registry: Registry

    init() {
        folder = NSTemporaryDirectory() + "registry-\(UInt64.random(in: 0 ... .max))"
        registry = Registry(path: folder + "/registry", model: "m", pipelineFolder: folder)
    }

    private func cleanUp() { try? FileManager.default.removeItem(atPath: folder) }

    private func verdict(_ version: Int, champion: Int?, before: Int? = nil) throws -> Verdict {
        let run = "run-\(version)"
        try DurableFile.createFolder("\(folder)/runs/\(run)")
        let files = try ["model.ubj", "model.json", "report.html"].map { name -> FileReference in
            let bytes = Array("\(name) of \(run)".utf8)
            try DurableFile.write(bytes, to: "\(folder)/runs/\(run)/\(name)")
            return FileReference(
                path: "runs/\(run)/\(name)", bytes: bytes.count, sha256: Checksum(of: bytes).description)
        }
        let plan = RunPlan(
            asOf: day(30).start, maturedThrough: day(23).start, training: day(0), gap: day(1), holdout: day(2),
            trainingLabelsKnownAt: day(2).start, holdoutLabelsKnownAt: day(30).start, trainingRows: 1, holdoutRows: 1,
            estimatedBytes: 1)
        let lineage = Lineage(
            pipeline: "p", configurationHash: "c", featureHash: "f", asOf: plan.asOf, offsets: [:],
            trigger: RunTrigger(kind: .every, text: "every 7d"), versions: [:], parameters: [:])
        return Verdict(
            version: version, run: run, championBefore: before, champion: champion, previous: before,
            model: VersionModel(
                folder: "runs/\(run)", files: Array(files.prefix(2)), featureHash: "f", plan: plan, lineage: lineage),
            gate: nil, reasons: [], threshold: 0.25, report: [files[2]], registryPath: "m/versions/\(version)",
            watermark: nil, inputs: PublishInputs(models: Int64(version)))
    }

    @Test func aVersionIsThereWholeAndItsBytesAreChecked() throws {
        defer { cleanUp() }
        try registry.store(try verdict(1, champion: 1))
        #expect(String(decoding: try registry.read("model.ubj", version: 1), as: UTF8.self) == "model.ubj of run-1")
        try registry.verify(version: 1)
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: registry.folder(of: 1)).sorted()
                == ["SHA256SUMS", "model.json", "model.ubj", "release.json", "report.html"])
    }

    @Test func aDamagedFileIsRefusedByNameAndMadeAgain() throws {
        defer { cleanUp() }
        let verdict = try verdict(1, champion: 1)
        try registry.store(verdict)
        try DurableFile.write("something else", to: "\(registry.folder(of: 1))/model.ubj")
        let error = #expect(throws: RegistryError.self) { try registry.read("model.ubj", version: 1) }
        #expect(error?.code == .damaged)
        #expect(error?.message.contains("model.ubj") == true)
        try registry.store(verdict)
        try registry.verify(version: 1)
        // Damaged where it is staged: nothing can be made of it.
        try DurableFile.write("no model", to: "\(folder)/runs/run-1/model.ubj")
        try DurableFile.write("something else", to: "\(registry.folder(of: 1))/model.ubj")
        #expect(throws: RegistryError.self) { try registry.store(verdict) }
        #expect(throws: RegistryError.self) {
            try registry.move(
                "champion",
                to: RegistryAlias(
                    alias: "champion", version: 1, run: "run-1", path: "", threshold: nil, releaseOffset: 9))
        }
    }

    @Test func anAliasNeverGoesBackToAnOlderRelease() throws {
        defer { cleanUp() }
        for version in 1...2 { try registry.store(try verdict(version, champion: version)) }
        func alias(_ version: Int, _ offset: Int64) -> RegistryAlias {
            RegistryAlias(
                alias: "champion", version: version, run: "run-\(version)", path: "m/versions/\(version)",
                threshold: 0.25, releaseOffset: offset)
        }
        #expect(try registry.move("champion", to: alias(2, 10)))
        #expect(try !registry.move("champion", to: alias(1, 9)))
        #expect(try !registry.move("champion", to: alias(2, 10)))
        #expect(try registry.alias("champion")?.version == 2)
        // A rollback is a later release of an earlier version.
        #expect(try registry.move("champion", to: alias(1, 11)))
        #expect(try registry.alias("previous") == nil)
    }

    @Test func oldVersionsGoAndPinnedOnesStay() throws {
        defer { cleanUp() }
        for version in 1...6 { try registry.store(try verdict(version, champion: version)) }
        #expect(try registry.prune(keeping: 2, pinned: [1, 3]) == [2, 4])
        #expect(registry.versions() == [1, 3, 5, 6])
    }

    @Test func theProjectionIsTheSameAppliedOnceTwiceOrMadeAgain() throws {
        defer { cleanUp() }
        let first = try verdict(1, champion: 1)
        let second = try verdict(2, champion: 2, before: 1)
        let third = try verdict(3, champion: 2, before: 2)
        var back = first
        back.championBefore = 2
        back.request = RequestID(source: "/o", id: "1")
        let releases: [Release] = [.published(first), .published(second), .rejected(third), .rolledBack(back)]
        var live = RegistryProjection(registry)
        for (index, release) in releases.enumerated() {
            try live.apply(release, offset: Int64(index * 2))
            try live.apply(release, offset: Int64(index * 2))
        }
        #expect(try registry.alias("champion")?.version == 1)
        #expect(try registry.alias("champion")?.releaseOffset == 6)
        #expect(try registry.alias("previous") == nil)
        let before = try snapshot()

        try FileManager.default.removeItem(atPath: folder + "/registry")
        var again = RegistryProjection(registry)
        for (index, release) in releases.enumerated() { again.fold(release, offset: Int64(index * 2)) }
        try again.settle()
        #expect(try snapshot() == before)
    }

    private func snapshot() throws -> [String: [UInt8]] {
        var files: [String: [UInt8]] = [:]
        for case let name as String in FileManager.default.enumerator(atPath: folder + "/registry") ?? .init() {
            if let bytes = try? DurableFile.read("\(folder)/registry/\(name)") { files[name] = bytes }
        }
        return files
    }
}
