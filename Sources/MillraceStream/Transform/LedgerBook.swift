public import MillraceCore

/// Where the ledger of every seal is: what says which records were the rows of a slice. Made of the topic `slices`.
public struct LedgerBook: Sendable {
    private var ledgers: [String: [Int: FileReference]] = [:]
    /// What was gone when windows open at the time of a seal were made again.
    private var losses: [String: [Int: Range<Int64>]] = [:]

    public init() {}

    /// The first seal of a sequence wins, as everywhere.
    public mutating func add(_ seal: SliceSealed) {
        let place = "\(seal.topic)/\(seal.partition)"
        guard ledgers[place]?[seal.sequence] == nil else { return }
        ledgers[place, default: [:]][seal.sequence] = seal.ledger
        if let lost = seal.lost, lost.firstOffset <= lost.lastOffset {
            losses[place, default: [:]][seal.sequence] = lost.firstOffset..<lost.lastOffset + 1
        }
    }

    /// Whether the seal of a slice has been taken in.
    public func knows(_ share: SliceLedger.Share) -> Bool {
        ledgers["\(share.topic)/\(share.partition)"]?[share.sequence] != nil
    }

    /// The offsets of the rows of slices of one partition, ascending. Their rows may have come long before their seal:
    /// ledgers are read from the last seal backwards, until there are as many rows as the slices have.
    ///
    /// - Parameter folder: the pipeline's.
    /// - Returns: by window, of which a partition has one slice each.
    /// - Throws: `FileError` for a ledger that is damaged or gone; `SliceFileError` when ledgers and slices disagree.
    public func offsets(of shares: [SliceLedger.Share], folder: String) throws -> [Window: [Range<Int64>]] {
        guard let last = shares.max(by: { $0.sequence < $1.sequence }) else { return [:] }
        let ledgers = ledgers["\(last.topic)/\(last.partition)"] ?? [:]
        let losses = losses["\(last.topic)/\(last.partition)"] ?? [:]
        let sealed = Dictionary(shares.map { ($0.slice.window, $0.sequence) }) { first, _ in first }
        var wanted = Dictionary(shares.map { ($0.slice.window, $0.slice.rows) }) { first, _ in first }
        var offsets: [Window: [Range<Int64>]] = [:]
        for sequence in ledgers.keys.filter({ $0 <= last.sequence }).sorted(by: >) {
            guard wanted.values.contains(where: { $0 > 0 }) else { break }
            guard let file = ledgers[sequence] else { continue }
            let bytes = try DurableFile.read(file, below: folder)
            for (window, range) in try Ledger(decoding: bytes, path: "\(folder)/\(file.path)").rows.reversed() {
                guard let rows = wanted[window], let seal = sealed[window] else { continue }
                // Decided before a loss, and gone when the window was made again after it.
                let gone = losses.filter { sequence < $0.key && $0.key <= seal }.map(\.value)
                let left = gone.reduce([range]) { left, lost in left.flatMap { Self.subtract(lost, from: $0) } }
                wanted[window] = rows - left.reduce(0) { $0 + $1.count }
                offsets[window, default: []] += left.reversed()
            }
        }
        for share in shares {
            guard let rest = wanted[share.slice.window], rest != 0 else { continue }
            throw SliceFileError(
                .damaged, path: "\(folder)/\(share.slice.file.path)",
                "it had \(share.slice.rows) rows, and the ledgers name \(share.slice.rows - rest)")
        }
        return offsets.mapValues { $0.reversed() }
    }

    private static func subtract(_ lost: Range<Int64>, from range: Range<Int64>) -> [Range<Int64>] {
        guard range.overlaps(lost) else { return [range] }
        let before = range.lowerBound..<max(range.lowerBound, lost.lowerBound)
        let after = min(range.upperBound, lost.upperBound)..<range.upperBound
        return [before, after].filter { !$0.isEmpty }
    }
}
