import Millrace

/// Events and labels: what anyone may write into the topics.
enum EventDecoders {
    static let all = [
        FuzzedDecoder(
            name: "events", share: 300,
            seeds: [
                #"{"id":1,"time":"2018-04-01T00:00:00Z","amount":12.34,"card":"C1","score":0.5,"big":7,"ok":true}"#,
                #"{ "id": "e-17", "time": "2018-04-01 10:11:12.123456+02:00", "amount": "0.10", "card": 42, "note": null }"#,
                #"{"y":[1,{"z":"}"}],"x":{"deep":"in here"},"id":"é\u00e9\ud83d\ude00","time":"2018-04-01T00:00:00","amount":-1e2,"card":"","score":1e-300,"ok":false,"note":"a much longer text than fits into a cell \n\t\"quoted\""}"#,
            ].map { Array($0.utf8) }, words: words + ["\"id\":", "\"amount\":", "\"time\":\"", "\"card\":", "\"ok\":"]
        ) {
            try reader(
                RecordSchema(
                    events: EventSource(
                        topics: ["t"], timeColumn: "time", idColumn: "id",
                        columns: [
                            Column(name: "id", type: .id), Column(name: "time", type: .time(.iso8601)),
                            Column(name: "amount", type: .decimal(scale: 2)),
                            Column(name: "card", type: .id, isPersonal: true, isOptional: true),
                            Column(name: "score", type: .float, isOptional: true),
                            Column(name: "big", type: .integer, isOptional: true),
                            Column(name: "ok", type: .boolean, isOptional: true),
                            Column(name: "note", type: .text, isOptional: true),
                            Column(name: "deep", type: .text, path: "x.deep", isOptional: true),
                        ], personalKey: "key"), timeZone: "Europe/Brussels"))
        },
        FuzzedDecoder(
            name: "labels", share: 100,
            seeds: [
                #"{"id":1,"reported":1522540800,"fraud":1}"#, #"{"id":"e-2","reported":1522540800.25,"fraud":"no"}"#,
                #"{"fraud":null,"reported":"1522540800","id":"a longer id than fits into a cell"}"#,
                #"{"fraud":false,"reported":0,"id":-5}"#,
            ].map { Array($0.utf8) }, words: words + ["\"id\":", "\"reported\":", "\"fraud\":", "\"no\""]
        ) {
            var source = LabelSource(topics: ["l"], eventField: "id", reportedField: "reported", valueField: "fraud")
            source.reportedFormat = .unixSeconds
            source.positive = [.number(1), .boolean(true)]
            source.negative = [.number(0), .text("no"), .boolean(false)]
            source.withdrawn = [.null]
            return try reader(
                RecordSchema(
                    labels: source,
                    events: EventSource(
                        topics: ["t"], timeColumn: "time", idColumn: "id",
                        columns: [Column(name: "id", type: .id), Column(name: "time", type: .time(.iso8601))])))
        },
    ]

    private static let words = [
        "null", "true", "1e999", "-0", "\\ud800", "\\u0000", "\"\"", "{\"a\":", "[", "]", "}", ",",
        "9999-12-31T23:59:60Z",
        "2018-02-30T00:00:00Z", "1969-12-31", "0000-01-01T00:00:00+23:59", "123456789012345678901234567890", "0.005",
    ]

    private static func reader(_ schema: RecordSchema) throws -> ([UInt8]) throws -> FuzzedDecoder.Outcome {
        let decoder = try RecordDecoder(schema)
        return { record in
            // Allocated to the byte, so that a reader beyond the end is noticed by a sanitizer.
            let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: record.count, alignment: 1)
            defer { copy.deallocate() }
            copy.copyBytes(from: record)
            decoder.decode(payloads: [UnsafeRawPointer(copy.baseAddress!)], lengths: [record.count], count: 1)
            decoder.resolveKnown(timestamps: [1_522_540_800_000_000])
            if let (fault, column) = decoder.fault(0) { return .rejected("\(fault.code) \(column?.name ?? "")") }
            for (index, column) in schema.columns.enumerated() where column.type == .id || column.type == .text {
                // A text lies in its column's heap, or the cell is a lie.
                let cells = CellColumn(cells: [decoder.cells(index)[0]], heap: Array(decoder.heap(index)))
                _ = cells.text(0)
            }
            return .accepted
        }
    }
}
