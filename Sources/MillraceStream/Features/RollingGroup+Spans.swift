import MillraceCore

extension RollingGroup {
    /// Moves each span of a key to where it stands at `time`.
    @inline(__always)
    func advance(
        _ record: UnsafeMutablePointer<UInt64>, _ index: Int, _ ring: UnsafeMutablePointer<UInt64>, to time: Int64
    ) {
        let mask = Int(record[RollingPlan.mask])
        let words = layout.eventWords
        let end = Int(record[RollingPlan.end])
        var head = 0
        for span in layout.spans {
            if let entering = span.entering {
                head = Int(record[span.offset])
                let newest = time &- span.delay
                while head < end {
                    let event = ring + (head & mask) * words
                    guard RollingPlan.time(event[0]) <= newest else { break }
                    for accumulator in entering {
                        enter(layout.accumulators[accumulator], record, index, event, ring, head)
                    }
                    head += 1
                }
            }
            record[span.offset] = UInt64(head)
            var tail = Int(record[span.offset + 1])
            let oldest = time &- span.reach
            while tail < head {
                let event = ring + (tail & mask) * words
                guard RollingPlan.time(event[0]) <= oldest else { break }
                for accumulator in span.accumulators {
                    leave(layout.accumulators[accumulator], record, index, event, tail)
                }
                tail += 1
            }
            record[span.offset + 1] = UInt64(tail)
        }
    }

    @inline(__always)
    private func enter(
        _ accumulator: RollingPlan.Accumulator, _ record: UnsafeMutablePointer<UInt64>, _ index: Int,
        _ event: UnsafeMutablePointer<UInt64>, _ ring: UnsafeMutablePointer<UInt64>, _ position: Int
    ) {
        let at = record + accumulator.offset
        let word = event[accumulator.word]
        if accumulator.kind == .positives {
            at[0] &+= event[0] & 1
            return
        }
        if word == accumulator.null { return }
        switch accumulator.kind {
        case .positives: break
        case .present: at[0] &+= 1
        case .sumInteger: ExactSum.add(Int128(Int64(bitPattern: word)), at: at)
        case .squaresInteger: ExactSum.add(Self.square(word), at: at)
        case .sumFloat: ExactSum.addFloat(Double(bitPattern: word), sign: 1, at: at)
        case .squaresFloat: ExactSum.addFloat(Double(bitPattern: word) * Double(bitPattern: word), sign: 1, at: at)
        case .minimum, .maximum: push(record, ring, accumulator, position, word)
        case .distinct: if distinct[accumulator.table].add(record: index, value: word) { at[0] &+= 1 }
        }
    }

    @inline(__always)
    private func leave(
        _ accumulator: RollingPlan.Accumulator, _ record: UnsafeMutablePointer<UInt64>, _ index: Int,
        _ event: UnsafeMutablePointer<UInt64>, _ position: Int
    ) {
        let at = record + accumulator.offset
        let word = event[accumulator.word]
        if accumulator.kind == .positives {
            at[0] &-= event[0] & 1
            return
        }
        if word == accumulator.null { return }
        switch accumulator.kind {
        case .positives: break
        case .present: at[0] &-= 1
        case .sumInteger: ExactSum.add(0 &- Int128(Int64(bitPattern: word)), at: at)
        case .squaresInteger: ExactSum.add(0 &- Self.square(word), at: at)
        case .sumFloat: ExactSum.addFloat(Double(bitPattern: word), sign: -1, at: at)
        case .squaresFloat: ExactSum.addFloat(Double(bitPattern: word) * Double(bitPattern: word), sign: -1, at: at)
        case .minimum, .maximum:
            if at[2] < at[3], (queues.base + Int(at[0]))[Int(at[2] & at[1])] == UInt64(position) { at[2] += 1 }
        case .distinct: if distinct[accumulator.table].remove(record: index, value: word) { at[0] &-= 1 }
        }
    }

    @inline(__always)
    private static func square(_ word: UInt64) -> Int128 {
        let value = Int128(Int64(bitPattern: word))
        return value &* value
    }

    /// Keeps in a span's queue the positions of the events that are the least (or greatest) of all after them. The queue
    /// is a ring of its own: offset, capacity − 1, first, end.
    private func push(
        _ record: UnsafeMutablePointer<UInt64>, _ ring: UnsafeMutablePointer<UInt64>,
        _ accumulator: RollingPlan.Accumulator, _ position: Int, _ word: UInt64
    ) {
        let queue = record + accumulator.offset
        let mask = Int(record[RollingPlan.mask])
        let isMinimum = accumulator.kind == .minimum
        while queue[2] < queue[3] {
            let last = Int((queues.base + Int(queue[0]))[Int((queue[3] - 1) & queue[1])])
            let other = (ring + (last & mask) * layout.eventWords)[accumulator.word]
            let isLess =
                accumulator.isFloat
                ? Double(bitPattern: other) < Double(bitPattern: word)
                : Int64(bitPattern: other) < Int64(bitPattern: word)
            guard isLess != isMinimum || other == word else { break }
            queue[3] -= 1
        }
        if queue[3] - queue[2] > queue[1] {
            let capacity = Int(queue[1]) + 1
            let block = queues.allocate(capacity * 2)
            let old = queues.base + Int(queue[0])
            let new = queues.base + block
            for entry in queue[2]..<queue[3] {
                new[Int(entry & UInt64(capacity * 2 - 1))] = old[Int(entry & queue[1])]
            }
            queues.release(Int(queue[0]), words: capacity)
            queue[0] = UInt64(block)
            queue[1] = UInt64(capacity * 2 - 1)
        }
        (queues.base + Int(queue[0]))[Int(queue[3] & queue[1])] = UInt64(position)
        queue[3] += 1
    }

    @inline(__always)
    func emit(
        _ record: UnsafeMutablePointer<UInt64>, _ ring: UnsafeMutablePointer<UInt64>,
        _ row: UnsafeMutablePointer<Double>
    ) {
        for span in layout.spans {
            let count = Int64(record[span.offset] - record[span.offset + 1])
            for index in span.outputs {
                let output = layout.outputs[index]
                row[output.feature] = read(output, record, ring, count: count)
            }
        }
    }

    /// The features of an event without a key: of nothing.
    func emitNothing(_ row: UnsafeMutablePointer<Double>) {
        for output in layout.outputs {
            switch output.reading {
            case .count, .present, .distinct: row[output.feature] = 0
            case .sum, .mean, .minimum, .maximum, .deviation, .rate: row[output.feature] = output.empty
            }
        }
    }

    @inline(__always)
    private func read(
        _ output: RollingPlan.Output, _ record: UnsafeMutablePointer<UInt64>, _ ring: UnsafeMutablePointer<UInt64>,
        count: Int64
    ) -> Double {
        switch output.reading {
        case .count: return Double(count)
        case .present, .distinct: return Double(record[output.first])
        case .rate: return count == 0 ? output.empty : Double(record[output.first]) / Double(count)
        case .sum: return record[output.first] == 0 ? output.empty : sum(output, record) / output.divisor
        case .mean:
            let present = record[output.first]
            return present == 0 ? output.empty : sum(output, record) / (Double(present) * output.divisor)
        case .deviation: return deviation(output, record)
        case .minimum, .maximum:
            let queue = record + output.first
            guard queue[2] < queue[3] else { return output.empty }
            let position = Int((queues.base + Int(queue[0]))[Int(queue[2] & queue[1])])
            let word = (ring + (position & Int(record[RollingPlan.mask])) * layout.eventWords)[output.word]
            return output.isFloat ? Double(bitPattern: word) : Double(Int64(bitPattern: word)) / output.divisor
        }
    }

    @inline(__always)
    private func sum(_ output: RollingPlan.Output, _ record: UnsafeMutablePointer<UInt64>) -> Double {
        output.isFloat ? ExactSum.loadFloat(record + output.sum) : ExactSum.double(ExactSum.load(record + output.sum))
    }

    /// Of a sample: divided by one less than the number of values.
    private func deviation(_ output: RollingPlan.Output, _ record: UnsafeMutablePointer<UInt64>) -> Double {
        let present = Int64(record[output.first])
        guard present > 1 else { return output.empty }
        let pairs = Double(present) * Double(present - 1)
        if output.isFloat {
            let total = ExactSum.loadFloat(record + output.sum)
            let squares = ExactSum.loadFloat(record + output.squares)
            return (max(0, Double(present) * squares - total * total) / pairs).squareRoot()
        }
        let spread = ExactSum.spread(
            count: present, sum: ExactSum.load(record + output.sum), squares: ExactSum.load(record + output.squares))
        return (spread / pairs).squareRoot() / output.divisor
    }
}
