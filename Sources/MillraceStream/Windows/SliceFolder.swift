public import MillraceCore

/// Where slices and ledgers lie below a pipeline's folder: `slices/<topic>/<partition>/`.
///
/// Names contain the hash of the content, so two owners of a partition that write the same seal write the same files,
/// and owners of different partitions share nothing.
public enum SliceFolder {
    public static func path(topic: String, partition: Int) -> String { "slices/\(topic)/\(partition)" }

    /// Where a process keeps slices that are still open and rows that it has put out of memory: a folder of its own, since
    /// a process that has lost a partition without knowing it may still be writing.
    public static func workPath(instance: String) -> String { "slices/.open-\(instance)" }

    public static func ledgerName(sequence: Int, _ checksum: Checksum) -> String {
        let digits = String(sequence)
        return "\(String(repeating: "0", count: max(0, 8 - digits.count)))\(digits)-\(checksum.prefix(16)).ledger"
    }
}
