import Millrace

/// Holds the newest datasets against those that the champion learned from, whenever either changes.
struct DriftWatch {
    private struct Sides: Equatable {
        var version: Int
        var then: [Window]
        var now: [Window]
        var featureHash: String
    }

    /// Windows read of a side; of more, some that are evenly spread.
    private static let most = 200

    private let folder: String
    private var sides: Sides?
    private var report: DriftReport?
    private var profiles: [Window: Profile] = [:]

    init(folder: String) { self.folder = folder }

    /// - Returns: nil before the first champion, and where the datasets' files are not on this machine.
    mutating func report(_ view: PipelineView) -> DriftReport? {
        guard let number = view.publish.champion, let model = view.publish.versions[number]?.model else { return nil }
        let training = model.plan.training
        let datasets = view.datasets.filter { $0.featureHash == model.featureHash && !$0.isSkipped }
        guard let newest = datasets.map(\.window.end).max() else { return nil }
        let recent = newest - (training.end - training.start)
        func chosen(_ isWanted: (Window) -> Bool) -> [Window] {
            let windows = datasets.map(\.window).filter(isWanted).sorted()
            let step = max(1, (windows.count + Self.most - 1) / Self.most)
            return stride(from: 0, to: windows.count, by: step).map { windows[$0] }
        }
        let sides = Sides(
            version: number, then: chosen { $0.start >= training.start && $0.end <= training.end },
            now: chosen { $0.start >= recent }, featureHash: model.featureHash)
        guard sides != self.sides else { return report }
        if sides.featureHash != self.sides?.featureHash { profiles = [:] }
        let wanted = Set(sides.then + sides.now)
        profiles = profiles.filter { wanted.contains($0.key) }
        for dataset in datasets where wanted.contains(dataset.window) && profiles[dataset.window] == nil {
            profiles[dataset.window] = read(dataset)
        }
        self.sides = sides
        let (before, after) = (sides.then.compactMap { profiles[$0] }, sides.now.compactMap { profiles[$0] })
        report = nil
        if !before.isEmpty, !after.isEmpty, let names = datasets.last?.features {
            report = DriftReport(
                version: number, then: training, now: Window(start: recent, end: newest), before: before, after: after,
                names: names)
        }
        return report
    }

    /// A file that is not here, or not as it was, is left out: the audit is what complains of it.
    private func read(_ dataset: DatasetReady) -> Profile? {
        guard let file = dataset.files.first(where: { $0.path.hasSuffix("/profile.json") }),
            let bytes = try? DurableFile.read("\(folder)/\(file.path)", limit: 16 << 20), bytes.count == file.bytes,
            Checksum(of: bytes).description == file.sha256
        else { return nil }
        return try? Profile(decoding: bytes, name: file.path)
    }
}
