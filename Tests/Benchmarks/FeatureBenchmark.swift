import Compression
import Foundation
import Millrace

/// The feature engine over the handbook's transactions, a window of a day at a time, as transform drives it.
struct FeatureBenchmark {
    private let pipeline: Pipeline
    /// Of each window: its events, and the labels that become known in it.
    private var windows: [(events: RowTable, labels: RowTable)] = []
    private var flat: [[Int64]] = Array(repeating: [], count: 6)
    private static let day: Int64 = 86_400_000_000
    private static let delay = 7 * day

    init(pipeline path: String, transactions: String) throws {
        pipeline = try PipelineFile.load(path: path).pipeline
        try read(transactions)
        try cut()
    }

    /// Columns of the file as numbers: id, microseconds, customer, terminal, hundredths of the amount, fraud.
    private mutating func read(_ path: String) throws {
        let reader = try LineReader(path: path)
        _ = try reader.next()
        while let line = try reader.next() {
            let fields = line.split(separator: 44)
            let time = Timestamp(rfc3339: String(decoding: fields[1], as: UTF8.self))!
            let point = fields[4].firstIndex(of: 46)
            let decimals = point.map { fields[4].endIndex - $0 - 1 } ?? 0
            flat[0].append(Self.digits(fields[0]))
            flat[1].append(time.microseconds)
            flat[2].append(Self.digits(fields[2]))
            flat[3].append(Self.digits(fields[3]))
            flat[4].append(Self.digits(fields[4]) * [100, 10, 1][decimals])
            flat[5].append(Self.digits(fields[5]))
        }
    }

    /// A point is passed over.
    private static func digits(_ field: some Sequence<UInt8>) -> Int64 {
        field.reduce(0) { $1 == 46 ? $0 : $0 * 10 + Int64($1 - 48) }
    }

    private mutating func cut() throws {
        let columns = pipeline.events.columns
        let sources = columns.map { ["tx_id": 0, "datetime": 1, "customer": 2, "terminal": 3, "amount": 4][$0.name] }
        let first = flat[1][0] / Self.day
        let count = Int(flat[1].last! / Self.day - first) + 1
        windows = Array(
            repeating: (RowTable(columns: columns), RowTable(columns: LabelSource.sliceColumns)), count: count)
        for row in flat[0].indices {
            let time = flat[1][row]
            let window = Int(time / Self.day - first)
            windows[window].events.times.append(time)
            for (column, source) in sources.enumerated() {
                windows[window].events.values[column].cells.append(
                    UInt64(bitPattern: source.map { flat[$0][row] } ?? 0))
            }
            let known = time + Self.delay
            let labelled = Int(known / Self.day - first)
            if flat[5][row] == 1, labelled < count {
                windows[labelled].labels.times.append(known)
                for (column, cell) in [flat[0][row], known, known, 1].enumerated() {
                    windows[labelled].labels.values[column].cells.append(UInt64(bitPattern: cell))
                }
            }
        }
    }

    /// The columns as the reference reads them: 64-bit integers, one column after another.
    func write(columnsTo path: String) throws {
        var data = Data()
        for column in flat { column.withUnsafeBytes { data.append(contentsOf: $0) } }
        try data.write(to: URL(filePath: path))
    }

    /// One pass over all windows: seconds, processor seconds, and the sum of each feature.
    func round() throws -> String {
        let processor = Self.processorSeconds()
        let began = ContinuousClock.now
        let engine = try FeatureEngine(pipeline, featureHash: "bench")
        let width = engine.featureNames.count
        var sums = [Double](repeating: 0, count: width)
        for window in windows {
            // A window's matrix is written out and let go of, as transform does; here it is summed, and that counts, too.
            let matrix = engine.append(events: window.events, labels: window.labels)
            for row in stride(from: 0, to: matrix.count, by: width) {
                for feature in 0..<width { sums[feature] += matrix[row + feature] }
            }
        }
        let seconds = (ContinuousClock.now - began) / .seconds(1)
        let spent = Self.processorSeconds() - processor
        let text = sums.map { "\($0)" }.joined(separator: ",")
        return "{\"rows\":\(flat[0].count),\"seconds\":\(seconds),\"cpu_seconds\":\(spent),\"sums\":[\(text)]}"
    }

    private static func processorSeconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
