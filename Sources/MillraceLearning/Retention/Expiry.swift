public import MillraceCore
import Foundation

/// Removes from a pipeline's folder what retention no longer keeps, in event time. Each stage removes what it reads, as
/// far as it has read: a stage that has fallen behind still finds what it needs.
public struct Expiry: Sendable {
    private let pipeline: Pipeline

    public init(_ pipeline: Pipeline) {
        self.pipeline = pipeline
    }

    /// Slices, once transformed: kept for as long as state, or a second feature set, may have to be made of them.
    ///
    /// - Parameter now: the end of the newest window transformed.
    /// - Returns: what was removed, below the pipeline's folder.
    @discardableResult
    public func removeSlices(at now: Timestamp) -> [String] {
        remove(below: "slices", depth: 2, endingBefore: now - pipeline.slicesKept)
    }

    /// Datasets and labels that no run to come looks at, and what runs left behind that came to nothing.
    ///
    /// - Parameters:
    ///   - now: the end of the newest window that train has read, while no run is under way.
    ///   - releases: what the versions in force and those that await approval were made of and judged on stays.
    /// - Returns: what was removed, below the pipeline's folder.
    @discardableResult
    public func removeLearned(at now: Timestamp, releases: PublishState) -> [String] {
        let reach = RunReach(pipeline)
        let plans = releases.pinned.compactMap { releases.versions[$0]?.model.plan }
        let datasets = now - pipeline.retention.datasets
        let events = plans.map { reach.events(of: $0) }
        var removed = remove(below: "datasets", depth: 1, endingBefore: datasets, unless: events)
        removed += remove(
            below: "labels", depth: 0, endingBefore: datasets - reach.horizon,
            unless: plans.map { reach.labels(of: $0) })
        // A version's run is let go of with the version.
        removed += remove(below: "runs", depth: 0, endingBefore: datasets) { releases.numbers[$0] != nil }
        return removed
    }

    private func remove(
        below name: String, depth: Int, endingBefore time: Timestamp, unless pinned: [Window] = [],
        isKept: (String) -> Bool = { _ in false }
    ) -> [String] {
        folders("\(pipeline.folder)/\(name)", depth: depth).flatMap { folder in
            names(in: folder).filter { item in
                guard let start = Self.windowStart(of: item) else { return false }
                let window = Window(start: start, end: start + pipeline.windows.size)
                guard window.end < time, !pinned.contains(where: { $0.overlaps(window) }), !isKept(item) else {
                    return false
                }
                return (try? FileManager.default.removeItem(atPath: "\(folder)/\(item)")) != nil
            }.map { "\(folder.dropFirst(pipeline.folder.count + 1))/\($0)" }
        }
    }

    private func folders(_ path: String, depth: Int) -> [String] {
        guard depth > 0 else { return [path] }
        return names(in: path).flatMap { folders("\(path)/\($0)", depth: depth - 1) }
    }

    private func names(in folder: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
    }

    /// The moment that a file or folder name begins with (`20180808T000000Z…`).
    /// What a process left behind that died while it wrote begins with a point before.
    private static func windowStart(of name: String) -> Timestamp? {
        let name = name.drop { $0 == "." }
        let digits = Array(name.prefix(16))
        guard digits.count == 16, digits[8] == "T", digits[15] == "Z" else { return nil }
        let text = String(digits)
        func part(_ from: Int, _ count: Int) -> Substring { text.dropFirst(from).prefix(count) }
        return Timestamp(
            rfc3339: "\(part(0, 4))-\(part(4, 2))-\(part(6, 2))T\(part(9, 2)):\(part(11, 2)):\(part(13, 2))Z")
    }
}
