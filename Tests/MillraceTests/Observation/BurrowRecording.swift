import Compression
import Foundation
import Testing

import Millrace
@testable import MillraceCore

/// Consumer groups on a real Kafka as Burrow saw them: `MILLRACE_DATA`'s `burrow-verdicts.json.gz`.
struct BurrowRecording: Decodable {
    struct Event: Decodable {
        /// Seconds.
        var t: Double
        var end: Int64?
        var commit: Int64?
    }
    struct Verdict: Decodable {
        var t: Double
        var status: String
    }
    struct Group: Decodable {
        var log: [Event]
        var obs: [Verdict]
    }

    var groups: [String: Group]

    static var isAvailable: Bool { path.map { FileManager.default.fileExists(atPath: $0) } ?? false }
    static let skipReason: Comment = "needs the recorded verdicts: set MILLRACE_DATA to their folder"

    private static var path: String? {
        ProcessInfo.processInfo.environment["MILLRACE_DATA"].map { $0 + "/burrow-verdicts.json.gz" }
    }

    static func load() throws -> BurrowRecording {
        let reader = try ByteReader(path: path!)
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = try chunk.withUnsafeMutableBytes { try reader.read(into: $0) }
            guard count > 0 else { break }
            bytes += chunk[..<count]
        }
        return try JSONDecoder().decode(BurrowRecording.self, from: Data(bytes))
    }
}

extension BurrowRecording.Group {
    /// The end at a time, and the offset committed last.
    func state(at time: Double) -> (end: Int64, committed: Int64?) {
        let past = log.prefix { $0.t <= time }
        return (past.last { $0.end != nil }?.end ?? 0, past.last { $0.commit != nil }?.commit)
    }
}
