import Foundation
import Testing

import Millrace
@testable import MillraceCore
@testable import MillraceLearning
@testable import MillraceWorker

/// How the registry follows the releases, through crashes and damage.
@Suite struct PublishRegistryTests: PublishSuite {
    @Test func aCrashBetweenReleaseAndAliasHealsAtTheNextStart() throws {
        let desk = try desk()
        try desk.judge("run-1", .good)
        desk.diesAfterCommit = true
        #expect(throws: PublishDesk.Killed.self) { try desk.judge("run-2", .better) }
        #expect(try desk.registry.alias("champion")?.version == 1)
        desk.diesAfterCommit = false
        try desk.restart()
        try desk.run()
        #expect(try desk.releases().count == 2)
        #expect(try desk.registry.alias("champion")?.version == 2)
        #expect(try desk.registry.alias("champion")?.releaseOffset == 1)
        #expect(try desk.registry.alias("previous")?.version == 1)
        try desk.registry.verify(version: 2)

        // The whole registry is a projection: deleted, it is made again.
        let before = try desk.registry.read("model.ubj", version: 2)
        try FileManager.default.removeItem(atPath: desk.registry.path)
        try desk.restart()
        try desk.run()
        #expect(try desk.registry.read("model.ubj", version: 2) == before)
        #expect(try desk.registry.alias("champion")?.version == 2)
    }

    @Test func aDamagedModelIsNotPublished() throws {
        let desk = try desk()
        try desk.judge("run-1", .good)
        let model = try desk.fixture.train("run-2", .better)
        let path = "\(desk.fixture.pipeline.folder)/runs/run-2/model.ubj"
        var bytes = try DurableFile.read(path)
        bytes[bytes.count / 2] ^= 1
        try DurableFile.write(bytes, to: path)
        try desk.put(model, .models)
        try desk.run()
        guard case .inconclusive(let verdict)? = try desk.releases().last else { Issue.record("published"); return }
        #expect(verdict.reasons.map(\.code) == ["evaluation-failed"])
        #expect(verdict.reasons[0].message.contains("runs/run-2/model.ubj: expected"))
        #expect(desk.topics[.deadLetters]?.count == 1)
        #expect(try desk.registry.alias("champion")?.version == 1)
        // Not even by force.
        #expect(refusal(try desk.ask(promote(2, over: 1, force: true))) == "files-damaged")
        #expect(try desk.registry.alias("champion")?.version == 1)
        // A champion whose copy is damaged is judged, and served again, from its run's.
        try DurableFile.write([1, 2, 3], to: "\(desk.registry.folder(of: 1))/model.ubj")
        guard case .published? = try desk.judge("run-3", .better) else { Issue.record("not published"); return }
        try desk.restart()
        try desk.run()
        try desk.registry.verify(version: 1)
    }

    @Test func aModelThatCannotBeReadForAMomentIsJudgedLater() throws {
        let desk = try desk()
        let model = try desk.fixture.train("run-1", .good)
        let path = "\(desk.fixture.pipeline.folder)/runs/run-1/model.ubj"
        // A folder in its place: something is there, and cannot be read.
        try DurableFile.rename(path, to: "\(path).aside")
        try DurableFile.createFolder(path)
        try desk.put(model, .models)
        try desk.run()
        #expect(try desk.releases().isEmpty)
        try FileManager.default.removeItem(atPath: path)
        try DurableFile.rename("\(path).aside", to: path)
        try desk.runUntil { try !desk.releases().isEmpty }
        guard case .published? = try desk.releases().last else { Issue.record("not published"); return }
    }

    @Test func oldVersionsAndTheirRunsGoButThoseInForceStay() throws {
        let desk = try desk { $0.retention.models = 1 }
        try desk.judge("run-1", .weak)
        try desk.judge("run-2", .better)
        for index in 3...5 { try desk.judge("run-\(index)", .good) }
        #expect(desk.registry.versions() == [1, 2, 5])
        let runs = try FileManager.default.contentsOfDirectory(atPath: "\(desk.fixture.pipeline.folder)/runs")
        #expect(runs.sorted() == ["run-1", "run-2", "run-5"])
        #expect(refusal(try desk.ask(promote(3, over: 2, force: true))) == "files-missing")
    }

    @Test func whatAnEarlierEmbeddedLogLeftBehindMakesWay() throws {
        let name = "\(UUID())"
        let earlier = try PublishDesk(LearningFixture(name: name))
        try earlier.judge("run-1", .weak)
        try earlier.judge("run-2", .better)
        #expect(try earlier.registry.alias("champion")?.releaseOffset == 1)
        // The same folder, a broker that knows nothing. The earlier fixture's end would take the folder away.
        defer { withExtendedLifetime(earlier) {} }
        let desk = try PublishDesk(LearningFixture(name: name))
        #expect(try desk.registry.alias("champion") == nil)
        #expect(desk.registry.versions() == [1, 2])
        try desk.run()
        try desk.judge("run-1", .better)
        let model = try DurableFile.read("\(desk.fixture.pipeline.folder)/runs/run-1/model.ubj")
        #expect(try desk.registry.read("model.ubj", version: 1) == model)
        #expect(try desk.registry.alias("champion")?.version == 1)
    }

    @Test func aRegistryThatCannotBeWrittenFollowsLater() throws {
        let desk = try desk()
        // A file where the registry's folder is to be.
        try DurableFile.createFolder(desk.fixture.pipeline.folder)
        try DurableFile.write([1], to: desk.registry.path)
        guard case .published? = try desk.judge("run-1", .good) else { Issue.record("not published"); return }
        let trouble = try #require(desk.handler.trouble)
        #expect(trouble.contains("the registry cannot follow the releases"))
        #expect(trouble.contains(desk.registry.path))
        try DurableFile.remove(desk.registry.path)
        try desk.restart()
        try desk.run()
        #expect(desk.handler.trouble == nil)
        #expect(try desk.registry.alias("champion")?.version == 1)
    }

    @Test func releasesThatFollowEachOtherDoNotKeepTheRegistryBehind() throws {
        let desk = try desk()
        try DurableFile.createFolder(desk.fixture.pipeline.folder)
        try DurableFile.write([1], to: desk.registry.path)
        try desk.judge("run-1", .good)
        let next = desk.handler.nextSettle
        try desk.ask(HoldRequested(requester: "anna", reason: "a test"))
        #expect(desk.handler.trouble != nil)
        #expect(desk.handler.nextSettle == next)
    }
}
