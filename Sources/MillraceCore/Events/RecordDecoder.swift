internal import SimdjsonShim

/// Decodes batches of payloads into columns of cells. One per thread and schema; the columns of a batch stay valid
/// until the next call.
///
/// Nothing is allocated per record: payloads are read where the client library put them, cells go into buffers that
/// are used again. Faulty records are rows too, with their fault, so that rows and records have the same indices.
public final class RecordDecoder {
    public let schema: RecordSchema
    private let decoder: OpaquePointer
    private var hasher: PersonalHasher?
    /// Per column of `schema.columns`: whether its cells may refer to its heap.
    package let isTextColumn: [Bool]
    /// Whether any cell of the latest batch does.
    public private(set) var hasTexts = false
    /// Rows of the latest batch.
    public private(set) var count = 0
    /// Rows of the latest batch that could not be read.
    public private(set) var faultCount = 0
    /// For labels: the column `known`, which no payload holds.
    private var knownCells = UnsafeMutablePointer<Int64>.allocate(capacity: 1)
    private var knownCapacity = 1

    public init(_ schema: RecordSchema) throws(RecordSchemaError) {
        self.schema = schema
        guard let zone = ZoneOffsets(identifier: schema.timeZone) else {
            throw RecordSchemaError(
                code: .unknownTimeZone, message: "time_zone: this system knows no zone called '\(schema.timeZone)'")
        }
        if schema.isPersonal, schema.personalKey.isEmpty {
            throw RecordSchemaError(
                code: .missingKey,
                message: "columns are declared personal, but there is no key to hash them with: set events.personal_key"
            )
        }
        hasher = schema.isPersonal ? PersonalHasher(key: schema.personalKey) : nil
        isTextColumn = schema.columns.map { $0.type == .id || $0.type == .text }
        decoder = Self.make(schema, zone)
    }

    deinit {
        millrace_decoder_free(decoder)
        knownCells.deallocate()
    }

    /// Decodes a batch. Payloads must stay where they are for the duration of the call; a nil one is a tombstone.
    public func decode(payloads: UnsafePointer<UnsafeRawPointer?>, lengths: UnsafePointer<Int>, count: Int) {
        millrace_decoder_decode(decoder, payloads, lengths, count)
        self.count = count
        faultCount = millrace_decoder_fault_count(decoder)
        defer { hasTexts = isTextColumn.indices.contains { isTextColumn[$0] && !heap($0).isEmpty } }
        guard hasher != nil else { return }
        for (index, field) in schema.fields.enumerated() where field.isPersonal {
            hasher?.replace(
                UnsafeMutableBufferPointer(start: millrace_decoder_cells(decoder, index), count: count),
                heap: heapOfField(index))
        }
    }

    /// A `RecordFault`'s raw value per row, 0 for a row that was read.
    public var faults: UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(start: millrace_decoder_faults(decoder), count: count)
    }

    /// The fault of a row, and the column it is about.
    public func fault(_ row: Int) -> (fault: RecordFault, column: Column?)? {
        guard let fault = RecordFault(rawValue: faults[row]) else { return nil }
        return (fault, schema.field(Int(millrace_decoder_fault_columns(decoder)[row])))
    }

    /// The times of the rows; of labels, from when they are known once `resolveKnown` has been called.
    public var times: UnsafeBufferPointer<Int64> {
        if schema.kind == .labels { return UnsafeBufferPointer(start: knownCells, count: count) }
        let cells = UnsafeRawPointer(millrace_decoder_cells(decoder, schema.timeColumn)!)
        return UnsafeBufferPointer(start: cells.assumingMemoryBound(to: Int64.self), count: count)
    }

    /// The cells of a column of `schema.columns`.
    public func cells(_ column: Int) -> UnsafePointer<UInt64> {
        if schema.kind == .labels {
            if column == 2 { return UnsafeRawPointer(knownCells).assumingMemoryBound(to: UInt64.self) }
            return UnsafePointer(millrace_decoder_cells(decoder, column == 3 ? 2 : column))
        }
        return UnsafePointer(millrace_decoder_cells(decoder, column))
    }

    /// The texts of a column of `schema.columns` that are not in their cells.
    public func heap(_ column: Int) -> UnsafeRawBufferPointer {
        // The texts that personal hashes replaced are still in the heap, and must not leave it.
        if schema.kind == .labels && column != 0 || schema.fields[column].isPersonal {
            return UnsafeRawBufferPointer(start: nil, count: 0)
        }
        return heapOfField(column)
    }

    /// Labels are known from the later of their report and their record's timestamp (µs; `Int64.min` if it has none).
    public func resolveKnown(timestamps: UnsafePointer<Int64>) {
        guard schema.kind == .labels else { return }
        if knownCapacity < count {
            knownCells.deallocate()
            knownCapacity = count
            knownCells = .allocate(capacity: count)
        }
        let reported = UnsafeRawPointer(millrace_decoder_cells(decoder, 1)!).assumingMemoryBound(to: Int64.self)
        for row in 0..<count { knownCells[row] = max(reported[row], timestamps[row]) }
    }

    /// A label that joins a later window than its own is known from that window's start on.
    public func raiseKnown(_ row: Int, to time: Int64) { knownCells[row] = max(knownCells[row], time) }

    private func heapOfField(_ field: Int) -> UnsafeRawBufferPointer {
        var bytes = 0
        let start = millrace_decoder_heap(decoder, field, &bytes)
        return UnsafeRawBufferPointer(start: start, count: bytes)
    }
}
