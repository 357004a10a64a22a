public import MillraceCore

/// What became of every offset of a range: written beside the slices at each seal, so that anyone can prove that nothing
/// was lost and nothing counted twice.
///
/// File: `MILLLDG1`, then numbers as LEB128: length of the topic and the topic, partition, sequence, first offset,
/// number of runs, and per run (length × 8 + outcome), for rows followed by the window's start and length in µs (the
/// start zigzag-coded); last, a SHA-256 of all before it.
public struct Ledger: Sendable, Equatable {
    public enum Outcome: UInt8, Sendable, CaseIterable {
        case row = 0
        case late = 1
        case duplicate = 2
        case dead = 3
        /// Never delivered to a reader: markers of transactions, aborted or compacted records.
        case absent = 4
        /// Not decided yet; never in a file.
        case held = 5
        /// Removed by the topic's retention before anybody read them.
        case lost = 6
    }

    /// Consecutive offsets with the same outcome.
    public struct Run: Sendable, Equatable {
        public var outcome: Outcome
        /// Of rows: the window they went to.
        public var window: Window?
        public var count: Int
        public init(outcome: Outcome, window: Window? = nil, count: Int) {
            self.outcome = outcome
            self.window = window
            self.count = count
        }
    }

    public var topic: String
    public var partition: Int
    public var sequence: Int
    public var firstOffset: Int64
    public var runs: [Run]

    public init(topic: String, partition: Int, sequence: Int, firstOffset: Int64, runs: [Run]) {
        self.topic = topic
        self.partition = partition
        self.sequence = sequence
        self.firstOffset = firstOffset
        self.runs = runs
    }

    /// The offset after the last one.
    public var nextOffset: Int64 { runs.reduce(firstOffset) { $0 + Int64($1.count) } }

    /// Offsets of an outcome.
    public func count(_ outcome: Outcome) -> Int { runs.reduce(0) { $0 + ($1.outcome == outcome ? $1.count : 0) } }

    private static let magic = Array("MILLLDG1".utf8)

    public func encoded() -> [UInt8] {
        var bytes = Self.magic
        Varint.append(UInt64(topic.utf8.count), to: &bytes)
        bytes += Array(topic.utf8)
        for number in [UInt64(partition), UInt64(sequence), UInt64(firstOffset), UInt64(runs.count)] {
            Varint.append(number, to: &bytes)
        }
        for run in runs {
            Varint.append(UInt64(run.count) << 3 | UInt64(run.outcome.rawValue), to: &bytes)
            if let window = run.window {
                Varint.append(Varint.zigzag(window.start.microseconds), to: &bytes)
                Varint.append(UInt64((window.end - window.start).microseconds), to: &bytes)
            }
        }
        return bytes + Checksum(of: bytes).bytes
    }

    /// - Parameter path: named in errors.
    public init(decoding bytes: [UInt8], path: String = "ledger") throws(SliceFileError) {
        guard bytes.count > Self.magic.count + 32, bytes.starts(with: Self.magic) else {
            throw SliceFileError(.notASlice, path: path, "expected a ledger that begins with MILLLDG1")
        }
        let body = Array(bytes.dropLast(32))
        guard Checksum(of: body).bytes == Array(bytes.suffix(32)) else {
            throw SliceFileError(.damaged, path: path, "the ledger's checksum does not agree with its bytes")
        }
        var index = Self.magic.count
        func number(_ what: String, below limit: UInt64 = 1 << 62) throws(SliceFileError) -> UInt64 {
            guard let value = Varint.read(body, &index), value < limit else {
                throw SliceFileError(.damaged, path: path, "expected \(what) at byte \(index)")
            }
            return value
        }
        let length = Int(try number("the length of the topic's name", below: 1 << 16))
        guard index + length <= body.count, let topic = String(validating: body[index..<index + length], as: UTF8.self)
        else { throw SliceFileError(.damaged, path: path, "expected the topic's name at byte \(index)") }
        index += length
        self.topic = topic
        partition = Int(try number("the partition", below: 1 << 31))
        sequence = Int(try number("the sequence"))
        firstOffset = Int64(try number("the first offset"))
        let count = Int(try number("the number of runs"))
        runs = []
        var next = UInt64(firstOffset)
        for _ in 0..<count {
            let head = try number("a run")
            guard let outcome = Outcome(rawValue: UInt8(head & 7)), outcome != .held, head >> 3 > 0 else {
                throw SliceFileError(.damaged, path: path, "expected the outcome of a run at byte \(index)")
            }
            var run = Run(outcome: outcome, count: Int(head >> 3))
            next += head >> 3
            guard next < 1 << 62 else { throw SliceFileError(.damaged, path: path, "runs beyond any offset") }
            if outcome == .row {
                let start = Varint.unzigzag(try number("the start of a window", below: 1 << 63))
                let size = Int64(try number("the length of a window"))
                run.window = Window(
                    start: Timestamp(microseconds: start), end: Timestamp(microseconds: start &+ size))
            }
            runs.append(run)
        }
        guard index == body.count else {
            throw SliceFileError(.damaged, path: path, "\(body.count - index) bytes follow the last run")
        }
    }
}
