public import MillraceCore

extension Seal {
    /// The message that makes the seal public.
    /// - Parameters:
    ///   - files: of the windows, in their order, with their paths below the pipeline's folder.
    ///   - size: of the windows, µs.
    public func message(
        _ origin: SliceOrigin, partitionCount: Int, size: Int64, files: [FileReference], ledger: FileReference
    ) -> SliceSealed {
        SliceSealed(
            kind: origin.kind, topic: origin.topic, partition: origin.partition, partitionCount: partitionCount,
            sequence: sequence, sealedThrough: Timestamp(microseconds: sealedThrough),
            watermark: watermark.map { Timestamp(microseconds: $0) },
            slices: zip(windows, files).map { window, file in
                SliceSealed.Slice(
                    window: Window(
                        start: Timestamp(microseconds: window.start),
                        end: Timestamp(microseconds: window.start + size)), rows: window.rows, file: file)
            },
            firstOffset: firstOffset, nextOffset: nextOffset, late: counts.late, duplicates: counts.duplicates,
            dead: counts.dead, moved: counts.moved,
            idle: isIdle ? .init(cause: "end-of-partition", position: nextOffset) : nil,
            continuesThrough: isContinued ? Timestamp(microseconds: through) : nil,
            replay: .init(
                rewindOffset: replay.offset, snapshotOffset: replay.offset,
                watermark: replay.watermark.map { Timestamp(microseconds: $0) },
                sealedThrough: replay.sealedThrough.map { Timestamp(microseconds: $0) },
                decidedBelow: replay.decidedBelow, openOffset: openOffset), ledger: ledger,
            lost: lost.map {
                LostRecords(
                    topic: origin.topic, partition: origin.partition, firstOffset: $0.lowerBound,
                    lastOffset: $0.upperBound - 1)
            })
    }
}
