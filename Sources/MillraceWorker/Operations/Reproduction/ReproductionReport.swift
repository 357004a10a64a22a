public import Millrace

/// Whether a version comes out again from the data that its lineage names, and where not.
public struct ReproductionReport: Codable, Sendable, Equatable {
    public enum Source: String, Codable, Sendable {
        /// The records of the source topics.
        case log
        /// The datasets on disk.
        case datasets
    }

    /// What was made again before training.
    public struct Rebuilt: Codable, Sendable, Equatable {
        public var slices = 0
        /// Records of the source topics that were read as rows.
        public var rows = 0
        public var datasets = 0
        /// Windows before the first dataset that features look back at.
        public var earlierWindows = 0
        /// Windows whose labels were made.
        public var labelWindows = 0
    }

    /// A file that came out with other bytes.
    public struct Difference: Codable, Sendable, Equatable {
        public enum Kind: String, Codable, Sendable { case slice, dataset, labels, model }
        public var kind: Kind
        /// Below the pipeline's folder.
        public var path: String
        /// SHA-256, as it was announced, and of what was made now; nil when there is no such file.
        public var expected: String?
        public var found: String?
    }

    /// Rows that a topic does not hold any more.
    public struct Missing: Codable, Sendable, Equatable {
        public var topic: String
        public var partition: Int
        /// Both included.
        public var firstOffset: Int64
        public var lastOffset: Int64
        public var rows: Int
        /// From the first window that lacks some of its rows to the last.
        public var windows: Window
    }

    public var version: Int
    public var run: String
    public var source: Source
    /// Nil when the datasets on disk were taken.
    public var rebuilt: Rebuilt?
    public var missing: [Missing] = []
    public var differences: [Difference] = []
    /// Nil when rows are missing: nothing was trained.
    public var model: Reproduction?
    /// The same bytes everywhere.
    public private(set) var isSame = false

    public init(version: Int, run: String, source: Source) {
        self.version = version
        self.run = run
        self.source = source
    }

    public mutating func finish(_ model: Reproduction?, path: String = "") {
        self.model = model
        if let model, !model.isSame {
            differences.append(.init(kind: .model, path: path, expected: model.expected, found: model.found))
        }
        isSame = model?.isSame == true && missing.isEmpty && differences.isEmpty
    }
}
