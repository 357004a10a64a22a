import Kafka
import Millrace
import MillraceWorker
import World

/// Holds the datasets against the slices they are made of, and against what an undisturbed worker makes of them.
struct DatasetChecks {
    let checks: Checks
    /// A folder in which everything is made again.
    static let folder = "/undisturbed"

    func violations() -> [Violation] {
        let seals = checks.seals.map { (seal: $0.seal, offset: $0.offset) }
        var pipeline = checks.pipeline
        World.current.disk.copyTree("\(pipeline.folder)/slices", to: "\(Self.folder)/slices")
        pipeline.folder = Self.folder
        let found = checks.datasets
        let skipped = Dictionary(found.map { ($0.window, $0.isSkipped) }) { first, _ in first }
        let expected: [(labels: LabelsArrived?, dataset: DatasetReady)]
        do {
            expected = try UndisturbedWorker.datasets(
                pipeline, seals: seals, additions: checks.additions, skipped: skipped)
        } catch {
            return [Violation(.sameBytes, "what is sealed cannot be transformed: \(error)")]
        }
        var windows: Set<Window> = []
        for ready in found where !windows.insert(ready.window).inserted {
            return [Violation(.oneDataset, "the window \(ready.window) has two datasets")]
        }
        guard found.map(\.window) == expected.map(\.dataset.window) else {
            return [
                Violation(
                    .order,
                    "datasets of the windows \(found.map(\.window.start)), undisturbed "
                        + "\(expected.map(\.dataset.window.start))")
            ]
        }
        for (ready, other) in zip(found, expected) {
            if let violation = compare(ready, other.dataset) { return [violation] }
        }
        let labels = checks.messages(.datasets).compactMap { try? $0.message.payload(LabelsArrived.self) }
        guard labels == expected.compactMap(\.labels) else {
            return [Violation(.sameBytes, "the labels announced are others than the undisturbed ones")]
        }
        return []
    }

    private func compare(_ found: DatasetReady, _ expected: DatasetReady) -> Violation? {
        let name = "the dataset of \(found.window.start)"
        guard found.slices == expected.slices, found.offsets == expected.offsets else {
            return Violation(
                .nothingLost, "\(name) is made of \(found.slices), undisturbed of \(expected.slices)")
        }
        guard found.rows == expected.rows, found.isCold == expected.isCold, found.files == expected.files else {
            return Violation(.sameBytes, "\(name) has \(found.rows) rows and other bytes than the undisturbed one")
        }
        for file in found.files {
            let bytes = try? DurableFile.read("\(checks.pipeline.folder)/\(file.path)")
            guard bytes.map({ Checksum(of: $0).description }) == file.sha256 else {
                return Violation(.sameBytes, "\(name) names \(file.path), whose bytes are others or gone")
            }
        }
        return nil
    }
}
