public import Millrace

/// Holds datasets to the promise that every sealed slice is in exactly one of its window and feature set.
public struct DatasetAudit: Sendable {
    private struct Slice {
        var window: Window
        var kind: SliceSealed.Kind
    }

    private var slices: [String: [Slice]] = [:]
    private var datasets: [String: [DatasetReady]] = [:]
    private var labelWindows: Set<Window> = []

    public init() {}

    public mutating func add(_ seal: SliceSealed) {
        let name = "\(seal.topic)/\(seal.partition)/\(seal.sequence)"
        slices[name, default: []] += seal.slices.map { Slice(window: $0.window, kind: seal.kind) }
    }

    public mutating func add(_ dataset: DatasetReady) {
        datasets[dataset.featureHash, default: []].append(dataset)
    }

    public mutating func add(_ labels: LabelsArrived) { labelWindows.insert(labels.window) }

    public func faults() -> [AuditReport.Fault] {
        datasets.sorted { $0.key < $1.key }.flatMap { faults(of: $0.value) } + missingLabels()
    }

    /// Labels are announced for every window, before its dataset.
    private func missingLabels() -> [AuditReport.Fault] {
        guard let first = labelWindows.min() else { return [] }
        let windows = Set(datasets.values.joined().map(\.window)).subtracting(labelWindows)
        return windows.filter { $0 > first }.sorted().map {
            .init(.missingMessage, "\($0)", "the window has a dataset, and no message says what labels came in it")
        }
    }

    private func faults(of datasets: [DatasetReady]) -> [AuditReport.Fault] {
        var faults: [AuditReport.Fault] = []
        var windowsBySlice: [String: [Window]] = [:]
        var seen: Set<Window> = []
        for dataset in datasets {
            if !seen.insert(dataset.window).inserted {
                faults.append(
                    .init(.repeatedSlice, "\(dataset.window)", "the window has two datasets of one feature set"))
            }
            var listed: Set<String> = []
            for name in dataset.slices {
                if !listed.insert(name).inserted {
                    faults.append(.init(.repeatedSlice, "\(dataset.window)", "the dataset names slice \(name) twice"))
                }
                if slices[name] == nil {
                    faults.append(
                        .init(
                            .unknownSlice, "\(dataset.window)", "the dataset names slice \(name), which nobody sealed"))
                }
                windowsBySlice[name, default: []].append(dataset.window)
            }
        }
        guard let first = datasets.map(\.window).min(), let last = datasets.map(\.window).max() else { return faults }
        for (name, parts) in slices.sorted(by: { $0.key < $1.key }) {
            let used = windowsBySlice[name] ?? []
            for part in parts where part.window >= first && part.window <= last {
                switch part.kind {
                case .events:
                    // A seal may hold several windows: each goes to its own dataset.
                    if !used.contains(part.window) {
                        faults.append(
                            .init(.unusedSlice, "\(part.window)", "slice \(name) is in no dataset of its window"))
                    }
                case .labels:
                    // Labels that became known late go to the next dataset that is made.
                    if !used.contains(where: { $0 >= part.window }) {
                        faults.append(.init(.unusedSlice, "\(part.window)", "slice \(name) of labels is in no dataset"))
                    }
                }
            }
            guard let kind = parts.first?.kind, kind == .events else { continue }
            let own = Set(parts.map(\.window))
            for window in used where !own.contains(window) {
                faults.append(
                    .init(.repeatedSlice, "\(window)", "the dataset names slice \(name), which is of another window"))
            }
        }
        return faults
    }
}
