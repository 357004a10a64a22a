public import Millrace

/// Which files may be gone: those that `Expiry` removes, and no others.
public struct ExpiryAudit: Sendable {
    private let slicesBefore: Timestamp
    private let datasetsBefore: Timestamp
    private let labelsBefore: Timestamp
    private let pinnedEvents: [Window]
    private let pinnedLabels: [Window]

    /// - Parameters:
    ///   - newest: the end of the newest window transformed; nil: nothing can have expired.
    ///   - pinned: of the versions whose data is kept however old it is.
    public init(_ pipeline: Pipeline, newest: Timestamp?, pinned: [RunPlan]) {
        let now = newest ?? .distantPast
        let reach = RunReach(pipeline)
        slicesBefore = now - pipeline.slicesKept
        datasetsBefore = now - pipeline.retention.datasets
        labelsBefore = datasetsBefore - reach.horizon
        pinnedEvents = pinned.map { reach.events(of: $0) }
        pinnedLabels = pinned.map { reach.labels(of: $0) }
    }

    public func mayRemoveSlice(_ window: Window) -> Bool { window.end < slicesBefore }

    public func mayRemoveDataset(_ window: Window) -> Bool {
        window.end < datasetsBefore && !pinnedEvents.contains { $0.overlaps(window) }
    }

    public func mayRemoveLabels(_ window: Window) -> Bool {
        window.end < labelsBefore && !pinnedLabels.contains { $0.overlaps(window) }
    }
}
