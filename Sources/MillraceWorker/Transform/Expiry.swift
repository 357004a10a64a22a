import Foundation
import Millrace

/// Removes slices and datasets that retention no longer keeps, in event time.
struct Expiry {
    var pipeline: Pipeline
    var log: Log

    /// - Parameters:
    ///   - now: the end of the newest window transformed.
    ///   - pinned: spans that the champion and its predecessor learned from and were judged on.
    func run(at now: Timestamp, pinned: [Window]) {
        let memory = TransformMachine.Settings.memory(of: pipeline)
        // A slice is needed for as long as state may have to be made again from it.
        remove(below: "slices", before: now - max(pipeline.retention.slices, memory), depth: 2)
        let datasets = now - pipeline.retention.datasets
        remove(below: "datasets", before: datasets, depth: 1, unless: pinned)
        remove(below: "labels", before: datasets - memory, depth: 0, unless: pinned)
    }

    private func remove(below name: String, before time: Timestamp, depth: Int, unless pinned: [Window] = []) {
        for folder in folders(below: "\(pipeline.folder)/\(name)", depth: depth) {
            for item in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] {
                guard let start = Self.windowStart(of: item), start + pipeline.windows.size < time,
                    !pinned.contains(where: { $0.contains(start) })
                else { continue }
                try? FileManager.default.removeItem(atPath: "\(folder)/\(item)")
                log.debug("transform", "expired", ["path": "\(name)/\(item)"])
            }
        }
    }

    private func folders(below path: String, depth: Int) -> [String] {
        guard depth > 0 else { return [path] }
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        return names.sorted().flatMap { folders(below: "\(path)/\($0)", depth: depth - 1) }
    }

    /// The window that a file or folder name begins with (`20180808T000000Z…`).
    private static func windowStart(of name: String) -> Timestamp? {
        let digits = Array(name.prefix(16))
        guard digits.count == 16, digits[8] == "T", digits[15] == "Z" else { return nil }
        let text = String(digits)
        func part(_ from: Int, _ count: Int) -> Substring { text.dropFirst(from).prefix(count) }
        return Timestamp(
            rfc3339: "\(part(0, 4))-\(part(4, 2))-\(part(6, 2))T\(part(9, 2)):\(part(11, 2)):\(part(13, 2))Z")
    }
}
