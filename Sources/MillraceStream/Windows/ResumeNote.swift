import MillraceCore

/// What ingest writes beside a committed offset, as text: the state to begin from should the partition have no seal yet,
/// and the number of the last seal, so that a successor knows when it has not read far enough.
public struct ResumeNote: Sendable, Equatable {
    /// Of the last seal; nil before the first.
    public var sequence: Int?
    public var snapshot: PartitionMachine.Snapshot

    public init(sequence: Int?, snapshot: PartitionMachine.Snapshot) {
        self.sequence = sequence
        self.snapshot = snapshot
    }

    /// `millrace1 seq=4 rewind=1200 watermark=1522540800000000 sealed=1522537200000000`; times in µs.
    public var text: String {
        var text = "millrace1"
        if let sequence { text += " seq=\(sequence)" }
        text += " rewind=\(snapshot.offset)"
        if let watermark = snapshot.watermark { text += " watermark=\(watermark)" }
        if let sealed = snapshot.sealedThrough { text += " sealed=\(sealed)" }
        return text
    }

    /// Nil for the text of anyone else.
    public init?(_ text: String) {
        let words = text.split(separator: " ")
        guard words.first == "millrace1" else { return nil }
        var fields: [Substring: Int64] = [:]
        for word in words.dropFirst() {
            let parts = word.split(separator: "=", maxSplits: 1)
            guard parts.count == 2, let value = Int64(parts[1]) else { return nil }
            fields[parts[0]] = value
        }
        guard let rewind = fields["rewind"], rewind >= 0,
            [fields["watermark"], fields["sealed"]].allSatisfy({ $0.map(Timestamp.calendar.contains) ?? true })
        else { return nil }
        sequence = fields["seq"].map { Int($0) }
        snapshot = .init(offset: rewind, watermark: fields["watermark"], sealedThrough: fields["sealed"])
    }
}
