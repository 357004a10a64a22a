import MillraceCore

/// Collects what became of each offset, as runs of a few bytes.
struct LedgerBuilder: Sendable {
    /// Closed runs: length and outcome, and the window of rows.
    private(set) var bytes: [UInt8] = []
    private var outcome = Ledger.Outcome.absent
    private var window: Int64 = 0
    private var count = 0

    mutating func add(_ outcome: Ledger.Outcome, window: Int64 = 0, count: Int = 1) {
        if outcome == self.outcome, window == self.window {
            self.count += count
            return
        }
        close()
        (self.outcome, self.window, self.count) = (outcome, window, count)
    }

    private mutating func close() {
        guard count > 0 else { return }
        Varint.append(UInt64(count) << 3 | UInt64(outcome.rawValue), to: &bytes)
        if outcome == .row { Varint.append(Varint.zigzag(window), to: &bytes) }
        count = 0
    }

    /// The runs from `first` on, with each held offset replaced by what became of it.
    func runs(
        windowSize: Int64, resolving resolved: [Int64: (outcome: Ledger.Outcome, window: Int64)], from first: Int64
    ) -> [Ledger.Run] {
        var whole = self
        whole.close()
        var runs: [Ledger.Run] = []
        func add(_ outcome: Ledger.Outcome, _ start: Int64, _ count: Int) {
            let window =
                outcome == .row
                ? Window(start: .init(microseconds: start), end: .init(microseconds: start + windowSize)) : nil
            if let last = runs.last, last.outcome == outcome, last.window == window {
                runs[runs.count - 1].count += count
            } else {
                runs.append(Ledger.Run(outcome: outcome, window: window, count: count))
            }
        }
        var offset = first
        var index = 0
        while index < whole.bytes.count {
            guard let head = Varint.read(whole.bytes, &index), let outcome = Ledger.Outcome(rawValue: UInt8(head & 7))
            else { preconditionFailure("a ledger cannot read its own bytes") }
            let count = Int(head >> 3)
            var start: Int64 = 0
            if outcome == .row, let text = Varint.read(whole.bytes, &index) { start = Varint.unzigzag(text) }
            if outcome == .held {
                for each in offset..<offset + Int64(count) {
                    let what = resolved[each] ?? (.held, 0)
                    add(what.outcome, what.window, 1)
                }
            } else {
                add(outcome, start, count)
            }
            offset += Int64(count)
        }
        return runs
    }
}

/// Unsigned LEB128 numbers: seven bits a byte, the lowest first.
enum Varint {
    static func append(_ value: UInt64, to bytes: inout [UInt8]) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    /// Nil at the end of the bytes, or when the number has more than 64 bits.
    static func read(_ bytes: [UInt8], _ index: inout Int) -> UInt64? {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            if shift == 63, byte > 1 { return nil }
            value |= UInt64(byte & 0x7f) << shift
            if byte < 0x80 { return value }
            shift += 7
            if shift > 63 { return nil }
        }
        return nil
    }

    static func zigzag(_ value: Int64) -> UInt64 { UInt64(bitPattern: value << 1 ^ value >> 63) }
    static func unzigzag(_ value: UInt64) -> Int64 { Int64(bitPattern: value >> 1) ^ -Int64(value & 1) }
}
