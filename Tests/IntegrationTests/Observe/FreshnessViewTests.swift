import Millrace
import Testing

@testable import MillraceWorker

@Suite struct FreshnessViewTests {
    @Test func beforeTheFirstSealTheOldestOpenWindowWaitsSinceIngestBegan() {
        let newest = Timestamp(rfc3339: "2018-04-03T00:00:00Z")!
        let now = Timestamp(rfc3339: "2026-01-01T00:00:00Z")!
        var ingest = IngestStatus()
        ingest.since = now - .seconds(1200)
        ingest.partitions = [36, 48].map { hours in
            .init(
                topic: "t", partition: hours, nextOffset: 1, watermark: newest,
                openedFrom: newest - .seconds(hours * 3600), openWindows: 1, openRows: 1, held: 0, isReplaying: false,
                isAtEnd: true)
        }
        let process = StatusFile.Content(process: 1, instance: "0", updated: now, roles: [], ingest: ingest)
        let sealed = Freshness(view: PipelineView(), processes: [process], now: now).reached(.sealed)
        #expect(sealed?.through == nil)
        #expect(sealed?.behindSeconds == 48 * 3600 && sealed?.unchangedSeconds == 1200)
        let unseen = Freshness(view: PipelineView(), processes: [], now: now).reached(.sealed)
        #expect(unseen?.behindSeconds == nil && unseen?.unchangedSeconds == nil)
    }
}
