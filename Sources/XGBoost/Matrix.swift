internal import CXGBoost
import Synchronization

/// Rows of features with their labels and weights, copied into XGBoost's own memory.
///
/// A missing value is NaN. Values are held as 32-bit floats, whatever they came as: that is XGBoost's precision.
///
/// A matrix can be used from any thread. XGBoost builds a matrix's quantile index when it is first trained on, inside
/// the matrix and without a lock of its own, so every call that is given the handle holds ours; hence `@unchecked`.
public final class Matrix: @unchecked Sendable {
    public let rowCount: Int
    public let columnCount: Int
    public let featureNames: [String]?
    private let handle: UnsafeMutableRawPointer
    private let lock = Mutex<Void>(())

    /// Copies row-major 32-bit values.
    ///
    /// - Parameters:
    ///   - values: `rows × columns` values, row after row.
    ///   - columns: how many features a row has, at least one.
    ///   - labels: one a row, or nil for a matrix that is only predicted on.
    ///   - weights: one a row, finite and not negative.
    ///   - featureNames: one a column; importance is reported under them, and a model refuses a matrix of other names.
    ///   - threads: for the copy; 0 for as many as there are cores.
    public convenience init(
        rowMajor values: [Float], columns: Int, labels: [Float]? = nil, weights: [Float]? = nil,
        featureNames: [String]? = nil, threads: Int = 0
    ) throws(XGBoostError) {
        let handle = try values.withUnsafeBufferPointer { buffer throws(XGBoostError) in
            try Self.copy(UnsafeRawBufferPointer(buffer), as: .float, columns: columns, threads: threads)
        }
        try self.init(
            adopting: handle, rows: values.count / columns, columns: columns,
            MatrixAnnotations(labels: labels, weights: weights, featureNames: featureNames))
    }

    /// Copies row-major 64-bit values, as a dataset's mapped file holds them. Read during the call, not kept.
    public convenience init(
        rowMajor values: UnsafeBufferPointer<Double>, columns: Int, labels: [Float]? = nil, weights: [Float]? = nil,
        featureNames: [String]? = nil, threads: Int = 0
    ) throws(XGBoostError) {
        let handle = try Self.copy(UnsafeRawBufferPointer(values), as: .double, columns: columns, threads: threads)
        try self.init(
            adopting: handle, rows: values.count / columns, columns: columns,
            MatrixAnnotations(labels: labels, weights: weights, featureNames: featureNames))
    }

    /// Copies columns of 64-bit values, all of one length.
    public convenience init(
        columns: [[Double]], labels: [Float]? = nil, weights: [Float]? = nil, featureNames: [String]? = nil,
        threads: Int = 0
    ) throws(XGBoostError) {
        let rows = columns.first?.count ?? 0
        for (index, column) in columns.enumerated() where column.count != rows {
            throw XGBoostError(
                code: .shape, message: "column \(index) has \(column.count) rows, the first column has \(rows)")
        }
        let width = columns.count
        var values = [Float](repeating: 0, count: rows * width)
        for (index, column) in columns.enumerated() {
            for row in 0..<rows { values[row * width + index] = Float(column[row]) }
        }
        try self.init(
            rowMajor: values, columns: width, labels: labels, weights: weights, featureNames: featureNames,
            threads: threads)
    }

    private init(
        adopting handle: UnsafeMutableRawPointer, rows: Int, columns: Int, _ annotations: MatrixAnnotations
    ) throws(XGBoostError) {
        self.handle = handle
        self.rowCount = rows
        self.columnCount = columns
        self.featureNames = annotations.featureNames
        // Every stored property is set by now, so deinit frees the handle when an annotation is refused.
        try annotations.apply(to: handle, rows: rows, columns: columns)
    }

    deinit { XGDMatrixFree(handle) }

    /// Gives the handle to one call at a time.
    func withHandle(_ body: (UnsafeMutableRawPointer) throws(XGBoostError) -> Void) throws(XGBoostError) {
        try lock.withLock { (_: inout Void) throws(XGBoostError) in try body(handle) }
    }

    private enum Element: String {
        case float = "<f4"
        case double = "<f8"
        var size: Int { self == .float ? 4 : 8 }
    }

    private static func copy(
        _ bytes: UnsafeRawBufferPointer, as element: Element, columns: Int, threads: Int
    ) throws(XGBoostError) -> UnsafeMutableRawPointer {
        let count = bytes.count / element.size
        guard columns > 0, count > 0, count % columns == 0, let base = bytes.baseAddress else {
            throw XGBoostError(
                code: .shape, message: "\(count) values do not make rows of \(columns) columns, at least one of each")
        }
        // The library reads foreign memory as NumPy describes it; the copy it makes is its own.
        let description = """
            {"data": [\(UInt(bitPattern: base)), true], "shape": [\(count / columns), \(columns)], \
            "typestr": "\(element.rawValue)", "version": 3}
            """
        var handle: UnsafeMutableRawPointer?
        try check(
            "copying a matrix",
            XGDMatrixCreateFromDense(description, "{\"missing\": NaN, \"nthread\": \(max(threads, 0))}", &handle))
        guard let handle else { throw XGBoostError(code: .library, message: "copying a matrix: no handle was made") }
        return handle
    }
}
