import Foundation
import Millrace

@testable import MillraceWorker

/// A staged pipeline that has come to releases, and what a test does to its files.
extension StagedPipeline {
    /// What may be left out of the story.
    enum Message: Sendable { case seal, dataset, labels, release, deadLetter }

    /// Three days with labels and datasets, and two versions made of them: the first is champion, the second rejected.
    func stageRelease(leavingOut omitted: Message? = nil) throws {
        try fill("transactions", 0, count: 35)
        for day in 0..<3 {
            if omitted != .seal || day != 1 { try say(try seal("transactions", 0, day), to: .slices) }
            if omitted != .deadLetter || day != 1 { try deadLetter("transactions", 0, Int64(day * 10 + 6)) }
            if omitted != .labels || day != 1 { try say(try labels(day), to: .datasets, from: .transform) }
            if omitted != .dataset || day != 1 {
                try say(try dataset(day, slices: ["transactions/0/\(day)"]), to: .datasets, from: .transform)
            }
        }
        if omitted != .release { try say(ModelPublished(try verdict(1)), to: .releases, from: .publish) }
        try say(ModelRejected(try verdict(2)), to: .releases, from: .publish)
    }

    func labels(_ number: Int) throws -> LabelsArrived {
        let window = Self.day(number)
        let file = try LabelFile.write(
            RowTable(columns: LabelSource.sliceColumns), window: window, folder: folder.file("millrace/\(name)"))
        return LabelsArrived(
            window: window, file: file, labels: 0, positives: 0, negatives: 0, withdrawn: 0, changed: 0, unmatched: 0,
            matchRate: nil, maturedThrough: nil, lastKnown: nil, isSilent: false)
    }

    private func verdict(_ version: Int) throws -> Verdict {
        let plan = RunPlan(
            asOf: Self.day(2).end, maturedThrough: Self.day(2).end, training: Self.day(0), gap: Self.day(1),
            holdout: Self.day(2), trainingLabelsKnownAt: Self.day(2).start, holdoutLabelsKnownAt: Self.day(2).end,
            trainingRows: 8, holdoutRows: 8, estimatedBytes: 1)
        let trigger = RunTrigger(kind: .request, text: "trial", requests: [], requester: "ada")
        let run = "20180404T000000Z-\(version)"
        return Verdict(
            version: version, run: run, championBefore: nil, champion: 1, previous: nil,
            model: VersionModel(
                folder: "runs/\(run)",
                files: [try file("runs/\(run)/model.ubj", Array("model \(version)".utf8))], featureHash: "f1",
                plan: plan,
                lineage: Lineage(
                    pipeline: name, configurationHash: "c1", featureHash: "f1", asOf: plan.asOf,
                    offsets: ["transactions/0": 30], trigger: trigger, versions: [:], parameters: [:])),
            gate: nil, reasons: [], threshold: nil,
            report: [try file("runs/\(run)/report.json", Array("{\"version\": \(version)}".utf8))],
            registryPath: "\(name)/versions/\(version)", watermark: plan.asOf, inputs: PublishInputs())
    }

    /// All files below the pipeline's folder.
    func files() throws -> [String] {
        let root = folder.file("millrace/\(name)")
        return try FileManager.default.subpathsOfDirectory(atPath: root).sorted().filter {
            var isFolder: ObjCBool = false
            return FileManager.default.fileExists(atPath: "\(root)/\($0)", isDirectory: &isFolder)
                && !isFolder.boolValue
        }
    }

    /// Changes a byte in the middle of a file.
    /// - Returns: the bytes before.
    @discardableResult
    func flipByte(of path: String) throws -> [UInt8] {
        let url = URL(filePath: folder.file("millrace/\(name)/\(path)"))
        let bytes = Array(try Data(contentsOf: url))
        var changed = bytes
        changed[changed.count / 2] ^= 1
        try Data(changed).write(to: url)
        return bytes
    }

    func put(_ bytes: [UInt8], to path: String) throws {
        try Data(bytes).write(to: URL(filePath: folder.file("millrace/\(name)/\(path)")))
    }
}
