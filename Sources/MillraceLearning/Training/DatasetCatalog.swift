public import MillraceCore

/// The datasets and label files that have been announced, by window: a projection of the `datasets` topic.
///
/// The first announcement of a window (and feature set) wins, as the first message of an identity does.
public struct DatasetCatalog: Sendable, Equatable {
    /// What a run needs to know of a dataset.
    public struct Entry: Sendable, Equatable {
        public var window: Window
        public var rows: Int
        public var isCold: Bool
        public var features: [String]
        /// Below the pipeline's folder.
        public var folder: String
        public var files: [FileReference]
        /// Next offset per source `topic/partition`.
        public var offsets: [String: Int64]
        /// Records that it may lack.
        public var lost: [LostRecords]? = nil
    }

    private var entries: [String: [Entry]] = [:]
    /// In window order.
    public private(set) var labels: [LabelsArrived] = []

    public init() {}

    /// False when the window is there already.
    @discardableResult
    public mutating func add(_ dataset: DatasetReady) -> Bool {
        let entry = Entry(
            window: dataset.window, rows: dataset.rows, isCold: dataset.isCold, features: dataset.features,
            folder: dataset.folder, files: dataset.files, offsets: dataset.offsets,
            lost: dataset.lost)
        var list = entries[dataset.featureHash] ?? []
        let place = Self.lowerBound(list) { $0.window < entry.window }
        if place < list.count, list[place].window == entry.window { return false }
        // Taken out meanwhile, so that inserting does not copy it.
        entries[dataset.featureHash] = nil
        list.insert(entry, at: place)
        entries[dataset.featureHash] = list
        return true
    }

    /// False when the window is there already.
    @discardableResult
    public mutating func add(_ arrived: LabelsArrived) -> Bool {
        let place = Self.lowerBound(labels) { $0.window < arrived.window }
        if place < labels.count, labels[place].window == arrived.window { return false }
        labels.insert(arrived, at: place)
        return true
    }

    /// The datasets of a feature set that lie within a span, in window order.
    public func datasets(_ featureHash: String, within span: Window) -> ArraySlice<Entry> {
        guard let list = entries[featureHash] else { return [] }
        let first = Self.lowerBound(list) { $0.window.start < span.start }
        let last = Self.lowerBound(list) { $0.window.end <= span.end }
        return first < last ? list[first..<last] : []
    }

    public func all(_ featureHash: String) -> [Entry] { entries[featureHash] ?? [] }

    /// The state of the labels as it was known at a moment: the newest `labels.arrived` that ends by then.
    public func labels(knownAt moment: Timestamp) -> LabelsArrived? {
        let place = Self.lowerBound(labels) { $0.window.end <= moment }
        return place > 0 ? labels[place - 1] : nil
    }

    /// The windows of arrival that reach into a span and end within it, in order.
    public func labels(knownWithin span: Window) -> ArraySlice<LabelsArrived> {
        let first = Self.lowerBound(labels) { $0.window.end <= span.start }
        let last = Self.lowerBound(labels) { $0.window.end <= span.end }
        return first < last ? labels[first..<last] : []
    }

    /// The next offsets of the sources after the datasets that end by a moment.
    public func offsets(_ featureHash: String, through moment: Timestamp) -> [String: Int64] {
        var offsets: [String: Int64] = [:]
        for entry in (entries[featureHash] ?? []).reversed() where entry.window.end <= moment {
            offsets.merge(entry.offsets) { newer, _ in newer }
            // Later datasets name every partition that earlier ones do; the newest is enough.
            if !offsets.isEmpty { break }
        }
        return offsets
    }

    /// The number of leading elements for which `precedes` holds; it must hold for none after.
    private static func lowerBound<Element>(_ list: [Element], _ precedes: (Element) -> Bool) -> Int {
        var low = 0
        var high = list.count
        while low < high {
            let middle = (low + high) / 2
            if precedes(list[middle]) { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
