import MillraceCore

/// A `RollingPlan` as flat memory: nested arrays would cost a reference count for every span of every event.
final class RollingLayout {
    struct Span {
        var delay: Int64
        var reach: Int64
        var offset: Int
        /// Spans of one delay take events in together: the first of them enters into the accumulators of all.
        var entering: Range<Int>?
        var accumulators: Range<Int>
        var outputs: Range<Int>
    }

    let eventWords: Int
    /// Words from one record to the next: even, for the 128-bit sums.
    let recordStride: Int
    let spans: UnsafeMutableBufferPointer<Span>
    let accumulators: UnsafeMutableBufferPointer<RollingPlan.Accumulator>
    let outputs: UnsafeMutableBufferPointer<RollingPlan.Output>

    init(_ plan: RollingPlan) {
        eventWords = plan.eventWords
        recordStride = (plan.recordWords + 1) & ~1
        var spans: [Span] = []
        var accumulators: [RollingPlan.Accumulator] = []
        var outputs: [RollingPlan.Output] = []
        for span in plan.spans.sorted(by: { $0.delay < $1.delay }) {
            let firstAccumulator = accumulators.count
            let firstOutput = outputs.count
            accumulators += span.accumulators
            outputs += span.outputs
            spans.append(
                Span(
                    delay: span.delay, reach: span.reach, offset: span.offset,
                    accumulators: firstAccumulator..<accumulators.count, outputs: firstOutput..<outputs.count))
        }
        for first in spans.indices where first == 0 || spans[first].delay != spans[first - 1].delay {
            let last = spans.lastIndex { $0.delay == spans[first].delay }!
            spans[first].entering = spans[first].accumulators.lowerBound..<spans[last].accumulators.upperBound
        }
        self.spans = .allocate(capacity: spans.count)
        _ = self.spans.initialize(from: spans)
        self.accumulators = .allocate(capacity: accumulators.count)
        _ = self.accumulators.initialize(from: accumulators)
        self.outputs = .allocate(capacity: outputs.count)
        _ = self.outputs.initialize(from: outputs)
    }

    deinit {
        spans.deallocate()
        accumulators.deallocate()
        outputs.deallocate()
    }
}
