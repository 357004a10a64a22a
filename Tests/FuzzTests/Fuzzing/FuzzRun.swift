import Foundation
import Testing

/// Feeds a decoder with wrong records, and counts what becomes of them.
struct FuzzRun {
    /// Records of all decoders together: 20,000, or what FUZZ_RECORDS says.
    static let records = setting("FUZZ_RECORDS").flatMap { Int($0) } ?? 20_000
    static let seed = setting("FUZZ_SEED").flatMap { UInt64($0) } ?? 1
    /// A folder in which the record in hand lies while it is read: what a crash leaves behind.
    static let keep = setting("FUZZ_KEEP")

    private static func setting(_ name: String) -> String? { ProcessInfo.processInfo.environment[name] }

    let decoder: FuzzedDecoder
    private(set) var accepted = 0
    private(set) var rejected: [String: Int] = [:]
    private(set) var slowest = Duration.zero
    private(set) var slowestRecord: [UInt8] = []

    init(_ decoder: FuzzedDecoder) { self.decoder = decoder }

    mutating func run() throws {
        let read = try decoder.open()
        for (index, seed) in decoder.seeds.enumerated() {
            try #require(try read(seed) == .accepted, "\(decoder.name): seed \(index) is not accepted")
        }
        var mutator = Mutator(
            seed: decoder.name.utf8.reduce(Self.seed) { $0 &* 31 &+ UInt64($1) },
            words: decoder.words.map { Array($0.utf8) })
        let kept = try Self.keep.map { folder in
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            return open("\(folder)/\(decoder.name)", O_WRONLY | O_CREAT | O_TRUNC, 0o644)
        }
        defer { if let kept { close(kept) } }
        for _ in 0..<max(1, Self.records * decoder.share / 1000) {
            var record = mutator.mutate(mutator.pick(decoder.seeds), with: mutator.pick(decoder.seeds))
            if let mend = decoder.mend, !mutator.chance(8) { record = mend(record) }
            if let kept {
                ftruncate(kept, 0)
                pwrite(kept, record, record.count, 0)
            }
            let begin = ContinuousClock.now
            let outcome = try read(record)
            let time = begin.duration(to: .now)
            if time > slowest { (slowest, slowestRecord) = (time, record) }
            switch outcome {
            case .accepted: accepted += 1
            case .rejected(let reason):
                try #require(!reason.isEmpty, "\(decoder.name) rejects without a reason: \(record)")
                rejected[Self.kind(reason), default: 0] += 1
            }
        }
    }

    /// A reason without the numbers and names of its record.
    private static func kind(_ reason: String) -> String {
        var text = ""
        var isQuoted = false
        for character in reason.prefix(400) {
            if character == "'" || character == "\"" { isQuoted.toggle() }
            guard !isQuoted, text.count < 60 else { continue }
            if character.isNumber { if text.last != "#" { text.append("#") } } else { text.append(character) }
        }
        return text.replacing("\n", with: " ")
    }

    var report: String {
        let count = rejected.values.reduce(0, +)
        let reasons = rejected.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        let most = reasons.prefix(6).map { "    \($0.value)  \($0.key)" }
        let rest = reasons.count > 6 ? ["    … and \(reasons.count - 6) other reasons"] : []
        return (["\(decoder.name): \(accepted + count) records, \(accepted) accepted, \(count) rejected"] + most + rest)
            .joined(separator: "\n")
    }
}
