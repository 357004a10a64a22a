import Foundation
import HTTPServer
import Millrace

@testable import MillraceCommand

/// What people hand to the program: pipeline files, files of events, addresses of pages.
enum ProgramDecoders {
    static let all = [
        FuzzedDecoder(
            name: "pipeline files", share: 10, seeds: ["handbook", "demo"].compactMap(pipeline),
            words: [
                "null", "[]", "{}", "0s", "99999999w", "${X}", "${", "*x", "&x", "decimal(99)", "0..", "..", ": ", "- ",
                "\n",
                "\n  ", "rolling: mean", "over: [1d]", "every: 7d", "'", "\"", "|", ">-",
            ]
        ) {
            { record in
                do throws(ConfigurationError) {
                    _ = try PipelineFile.parse(
                        String(decoding: record, as: UTF8.self), environment: ["BROKERS": "localhost:9092"])
                    return .accepted
                } catch {
                    return .rejected(error.problems.first?.message ?? "")
                }
            }
        },
        FuzzedDecoder(
            name: "lines of CSV", share: 30,
            seeds: [
                #"1,2018-04-01 00:00:31,596,3156,57.16,0"#,
                #""e-2","2018-04-01T10:00:00Z","a ""quoted"" card",7,"1e2",1"#,
                #"3,2018-04-01T00:00:00+02:00,,,0.10,"#,
            ].map { Array($0.utf8) },
            words: [",", "\"", "\"\"", ",,", "é", "\u{0}", "2018-02-30", "9999-12-31 23:59:59"]
        ) {
            var reader = try CSVRowReader(
                ["id", "time", "card", "shop", "amount", "fraud"], layout, zone: "Europe/Brussels", file: "events.csv")
            return { record in read(record) { reader.read($0, into: &$1) } }
        },
        FuzzedDecoder(
            name: "lines of JSON", share: 30,
            seeds: [
                #"{"id":1,"time":"2018-04-01T00:00:31Z","card":596,"amount":57.16,"fraud":0}"#,
                #"{ "fraud" : "yes", "time" : "2018-04-01 10:00:00", "id" : "e\"2", "deep" : { "a" : [1, "}"] } }"#,
            ].map { Array($0.utf8) },
            words: ["\"", "\\", "\\\"", "{", "}", "[", "]", ":", ",", "\"time\":", "\"fraud\":"]
        ) {
            var reader = JSONRowReader(layout, zone: "UTC")
            return { record in read(record) { reader.read($0, into: &$1) } }
        },
        FuzzedDecoder(
            name: "HTTP targets", share: 20,
            seeds: ["/", "/api/v1/runs/run%2D1?state=refused&last=20", "/api/v1/lag?limit=5&after=a%20b+c&x="].map {
                Array($0.utf8)
            }, words: ["%", "%2f", "%2e%2e", "%00", "..", "/", "//", "?", "&", "=", "+", "%c3%a9", "%ff"]
        ) {
            { record in
                guard let target = HTTPTarget(String(decoding: record, as: UTF8.self)) else {
                    return .rejected("not in origin form, or with escapes that are none")
                }
                // What it promises to routes.
                let isSafe = target.path.allSatisfy {
                    !$0.isEmpty && $0 != ".." && !$0.contains("/") && !$0.contains("\0")
                }
                return isSafe ? .accepted : .rejected("")
            }
        },
    ]

    private static func pipeline(_ name: String) -> [UInt8]? {
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../..")
        return (try? Data(contentsOf: root.appending(path: "deploy/pipelines/\(name).yaml"))).map { Array($0) }
    }

    private static let layout = EventLayout(
        time: "time", timeFormat: .iso8601, key: "id", id: "id", members: nil,
        label: .init(
            column: "fraud", eventField: "id", reportedField: "reported", valueField: "fraud", reportedFormat: .iso8601,
            positive: ["1", "\"yes\""]))

    private static func read(
        _ record: [UInt8], _ body: (UnsafeRawBufferPointer, inout EventRow) -> String?
    ) -> FuzzedDecoder.Outcome {
        var row = EventRow()
        // Allocated to the byte, so that a reader beyond the end is noticed by a sanitizer.
        let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: record.count, alignment: 1)
        defer { copy.deallocate() }
        copy.copyBytes(from: record)
        if let trouble = body(UnsafeRawBufferPointer(copy), &row) { return .rejected(trouble) }
        return .accepted
    }
}
