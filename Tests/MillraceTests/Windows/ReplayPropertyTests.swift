import Millrace
import Testing

private let hour: Int64 = 3_600_000_000
private let base: Int64 = 1_522_540_800_000_000

/// A partition's log with everything that can go wrong in it, and the moments at which it is found idle.
private struct Stream {
    var records: [ModelRecord] = []
    var idle: [(index: Int, position: Int64, through: Int64)] = []

    /// - Parameter isOrderly: no jumps, garbage, repetitions or idle times.
    init(seed: UInt64, count: Int, isOrderly: Bool = false) {
        var random = SeededGenerator(seed: seed)
        var time = base
        var offset: Int64 = .random(in: 0...50, using: &random)
        let stamped = Bool.random(using: &random)
        let garbage = isOrderly ? 0 : Double.random(in: 0...0.05, using: &random)
        for index in 0..<count {
            time += Int64.random(in: 0...120_000_000, using: &random)
            if Int.random(in: 0..<300, using: &random) == 0, !isOrderly {
                time += Int64.random(in: 0...20, using: &random) * hour
            }
            if Int.random(in: 0..<20, using: &random) == 0 { offset += Int64.random(in: 1...3, using: &random) }
            if Int.random(in: 0..<150, using: &random) == 0, !isOrderly {
                let ahead = Int64.random(in: 0...20, using: &random) * hour
                idle.append((index, offset, time + ahead))
            }
            var record = ModelRecord(offset: offset, time: time, timestamp: .min, id: UInt64(index))
            switch isOrderly ? Double.random(in: 0.15..<1, using: &random) : .random(in: 0..<1, using: &random) {
            case ..<garbage: record.time += Int64.random(in: 7...100_000, using: &random) * hour
            case ..<(garbage + 0.03): record.time -= Int64.random(in: 0...5, using: &random) * hour
            case ..<(garbage + 0.05): record.fault = 1
            case ..<(garbage + 0.15):
                record.id = UInt64(max(0, index - .random(in: 1...200, using: &random)))
                record.time -= Int64.random(in: 0...60_000_000, using: &random)
            case ..<(garbage + 0.5): record.time -= Int64.random(in: 0...900_000_000, using: &random)
            default: break
            }
            if stamped { record.timestamp = record.time + Int64.random(in: -1...1, using: &random) * hour }
            records.append(record)
            offset += 1
        }
    }
}

private func whole(_ stream: Stream, _ settings: PartitionMachine.Settings) -> PartitionModel {
    var model = PartitionModel(settings, startOffset: stream.records.first?.offset ?? 0)
    var index = 0
    for idle in stream.idle {
        model.process(stream.records[index..<idle.index])
        model.sealIdle(through: idle.through, position: idle.position)
        index = idle.index
    }
    model.process(stream.records[index...])
    return model
}

@Suite("However a partition is read") struct ReplayPropertyTests {
    static let kinds: [(SliceSealed.Kind, Int64?)] = [(.events, nil), (.events, 3 * hour), (.labels, nil)]

    @Test(
        "with any batches and any crashes, it gives the same seals, rows, ledgers and dead letters", arguments: 0..<120)
    func sameWhateverHappens(seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed) &* 77 &+ 5)
        let stream = Stream(seed: UInt64(seed), count: 3000)
        let (kind, unique) = Self.kinds[seed % 3]
        var settings = PartitionMachine.Settings(
            kind: kind, size: hour, lateness: [0, hour / 4, 2 * hour][seed / 3 % 3], maximumJump: 6 * hour,
            uniqueWithin: unique)
        if seed % 4 == 3 { settings.windowsPerSeal = 2 }
        let expected = whole(stream, settings)
        #expect(expected.durable.seals.count > 5)

        var model = PartitionModel(settings, startOffset: stream.records[0].offset)
        var index = 0
        var crashes = 0
        var nextIdle = 0
        while index < stream.records.count {
            let idle = nextIdle < stream.idle.count ? stream.idle[nextIdle] : nil
            let end = min(idle?.index ?? .max, stream.records.count, index + .random(in: 1...200, using: &random))
            model.process(stream.records[index..<end])
            index = end
            if let idle, idle.index == index {
                model.sealIdle(through: idle.through, position: idle.position)
                nextIdle += 1
            }
            if Int.random(in: 0..<4, using: &random) == 0 { model.commit() }
            if Int.random(in: 0..<6, using: &random) == 0, crashes < 200 {
                crashes += 1
                model.crash(losingParts: .random(in: 0...2, using: &random))
                let offset = model.machine.nextOffset
                index = stream.records.firstIndex { $0.offset >= offset } ?? stream.records.count
                #expect(index <= end)
                nextIdle = stream.idle.firstIndex { $0.index >= index } ?? stream.idle.count
            }
        }
        model.commit()
        var final = expected
        final.commit()
        #expect(model.diverged == nil)
        #expect(model.durable.seals.count == final.durable.seals.count)
        for (found, wanted) in zip(model.durable.seals, final.durable.seals) where found != wanted {
            Issue.record("seed \(seed), seal \(wanted.sequence): found \(summary(found)), wanted \(summary(wanted))")
            break
        }
        #expect(model.open == final.open)
        #expect(model.durable.deadLetters.sorted() == final.durable.deadLetters.sorted())
    }

    private func summary(_ seal: ModelSeal) -> String {
        let rows = seal.slices.map { "\(($0.start - base) / hour):\($0.rows.count)" }.joined(separator: " ")
        return "\(seal.firstOffset)..<\(seal.nextOffset) through \((seal.sealedThrough - base) / hour) idle "
            + "\(seal.isIdle) \(seal.counts) slices \(rows) replay \(seal.replay) runs \(seal.ledger.count)"
    }

    @Test("after a loss of records, recovers every row of an open window that is still there, once", arguments: 0..<60)
    func recoversAfterLoss(seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed) &* 31 &+ 7)
        // What is lost of a disorderly stream changes what becomes of the rest, but nothing may be taken twice.
        let isOrderly = seed % 2 == 0
        var stream = Stream(seed: UInt64(seed) &+ 500, count: 3000, isOrderly: isOrderly)
        stream.idle = []
        let (kind, unique) = isOrderly ? (.events, nil) : Self.kinds[seed / 2 % 3]
        let settings = PartitionMachine.Settings(
            kind: kind, size: hour, lateness: 2 * hour, maximumJump: 6 * hour, uniqueWithin: unique)
        let expected = whole(stream, settings)

        var model = PartitionModel(settings, startOffset: stream.records[0].offset)
        var index = Int.random(in: 1500..<2500, using: &random)
        model.process(stream.records[..<index])
        let low = stream.records[index - .random(in: 1...400, using: &random)].offset
        func comeBack() {
            model.crash()
            if model.machine.nextOffset < low { model.machine.skip(to: low) }
            let next = model.machine.nextOffset
            index = stream.records.firstIndex { $0.offset >= next } ?? stream.records.count
        }
        comeBack()
        while index < stream.records.count {
            let end = min(stream.records.count, index + .random(in: 1...200, using: &random))
            model.process(stream.records[index..<end])
            index = end
            if Int.random(in: 0..<4, using: &random) == 0, end < stream.records.count { comeBack() }
        }
        #expect(model.diverged == nil)
        func rows(_ model: PartitionModel) -> [Int64] {
            (model.durable.seals.flatMap(\.slices).flatMap(\.rows) + model.open.values.flatMap { $0 }).map(\.offset)
        }
        let found = rows(model)
        #expect(Set(found).count == found.count, "a row was taken twice")
        if isOrderly {
            let missing = Set(rows(expected)).subtracting(found)
            #expect(missing.allSatisfy { $0 < low }, "\(missing.filter { $0 >= low }.sorted().prefix(5)), low \(low)")
            #expect(Set(found).isSubset(of: rows(expected)))
        }
        for (one, next) in zip(model.durable.seals, model.durable.seals.dropFirst()) {
            #expect(one.nextOffset == next.firstOffset)
        }
        for seal in model.durable.seals {
            #expect(seal.ledger.reduce(seal.firstOffset) { $0 + Int64($1.count) } == seal.nextOffset)
        }
    }

    @Test("a loss names what was not read and what open windows need again, not what only told repetitions apart")
    func namesTheLossAlone() {
        var (spared, shortened) = (0, 0)
        for seed in 0..<200 {
            var random = SeededGenerator(seed: UInt64(seed) &* 13 &+ 3)
            var stream = Stream(seed: UInt64(seed) &+ 2000, count: 2000, isOrderly: true)
            stream.idle = []
            let settings = PartitionMachine.Settings(
                kind: .events, size: hour, lateness: hour / 2, maximumJump: 6 * hour,
                uniqueWithin: [nil, hour, 12 * hour][seed % 3])
            var model = PartitionModel(settings, startOffset: stream.records[0].offset)
            var index = Int.random(in: 1000..<1500, using: &random)
            model.process(stream.records[..<index])
            let (seals, last) = (model.durable.seals.count, model.durable.seals.last!)
            let needed = min(last.nextOffset, model.open.values.joined().map(\.offset).min() ?? .max)
            let low = Int64.random(in: last.replay.offset + 1...model.machine.nextOffset, using: &random)

            model.crash()
            model.machine.skip(to: low)
            index = stream.records.firstIndex { $0.offset >= low } ?? stream.records.count
            model.process(stream.records[index...])
            #expect(model.durable.seals.count > seals)
            #expect(model.durable.seals[seals].lost == (needed < low ? needed..<low : nil), "seed \(seed)")
            #expect(model.durable.seals.count { $0.lost != nil } == (needed < low ? 1 : 0))
            if needed >= low { spared += 1 } else if needed > last.replay.offset { shortened += 1 }
        }
        #expect(spared > 10 && shortened > 10)
    }

    @Test(
        "every offset is in exactly one place: ledgers are gapless and agree with slices and dead letters",
        arguments: 0..<60)
    func everyOffsetOnce(seed: Int) {
        let stream = Stream(seed: UInt64(seed) &+ 1000, count: 3000)
        let (kind, unique) = Self.kinds[seed % 3]
        let settings = PartitionMachine.Settings(
            kind: kind, size: hour, lateness: hour / 4, maximumJump: 6 * hour, uniqueWithin: unique)
        let model = whole(stream, settings)
        var next = stream.records[0].offset
        var rowWindows: [Int64: Int64] = [:]
        var outcomes: [Int64: Ledger.Outcome] = [:]
        for seal in model.durable.seals {
            #expect(seal.firstOffset == next)
            var offset = seal.firstOffset
            for run in seal.ledger {
                for each in offset..<offset + Int64(run.count) {
                    outcomes[each] = run.outcome
                    rowWindows[each] = run.window?.start.microseconds
                }
                offset += Int64(run.count)
            }
            #expect(offset == seal.nextOffset)
            #expect(!seal.ledger.contains { $0.outcome == .held })
            next = seal.nextOffset
            for run in Ledger.Outcome.allCases {
                let count = seal.ledger.reduce(0) { $0 + ($1.outcome == run ? $1.count : 0) }
                switch run {
                case .late: #expect(count == seal.counts.late)
                case .duplicate: #expect(count == seal.counts.duplicates)
                case .dead: #expect(count == seal.counts.dead)
                default: break
                }
            }
        }
        var seen: Set<Int64> = []
        for seal in model.durable.seals {
            for slice in seal.slices {
                for row in slice.rows {
                    #expect(seen.insert(row.offset).inserted)
                    #expect(rowWindows[row.offset] == slice.start)
                    #expect(row.time >= slice.start && row.time < slice.start + hour)
                }
            }
        }
        let open = Set(model.open.values.flatMap { $0.map(\.offset) })
        for (offset, outcome) in outcomes where outcome == .row {
            #expect(seen.contains(offset) || open.contains(offset))
        }
        let dead = Set(outcomes.filter { $0.value == .dead }.keys)
        #expect(dead == Set(model.durable.deadLetters.filter { $0 < next }))
        #expect(model.durable.deadLetters.count == Set(model.durable.deadLetters).count)
        // Nothing that was delivered is called absent.
        for record in stream.records where record.offset < next { #expect(outcomes[record.offset] != .absent) }
    }
}
