public import MillraceCore

/// What a slice file says of itself, at its end.
public struct SliceFooter: Sendable {
    public var origin: SliceOrigin
    public var window: Window
    public var columns: [Column]
    /// The column that holds the rows' times.
    public var timeColumn: Int
    public var rows: Int
    var ranges: OffsetRanges

    /// The JSON form. Chunks follow each other from the file's ninth byte on.
    struct Stored: Codable, Equatable {
        struct Chunk: Codable, Equatable {
            var rows: Int
            var heapBytes: [Int]
        }
        var version = 1
        var origin: SliceOrigin
        var window: Window
        var columns: [Column]
        var timeColumn: Int
        var rows: Int
        var chunks: [Chunk]
        var rangesBytes: Int
    }
}
