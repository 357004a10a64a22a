internal import CXGBoost
import Foundation

/// What a matrix says about its rows and columns, checked before the library sees it: XGBoost 1.7 accepts a NaN
/// weight and trains on it.
struct MatrixAnnotations {
    var labels: [Float]?
    var weights: [Float]?
    var featureNames: [String]?

    func apply(to handle: UnsafeMutableRawPointer, rows: Int, columns: Int) throws(XGBoostError) {
        if let labels {
            try checkCount(labels.count, of: "labels", against: rows, unit: "rows")
            if let index = labels.firstIndex(where: { !$0.isFinite }) {
                throw XGBoostError(code: .invalidValue, message: "label of row \(index) is \(labels[index])")
            }
            try set("label", labels, on: handle)
        }
        if let weights {
            try checkCount(weights.count, of: "weights", against: rows, unit: "rows")
            if let index = weights.firstIndex(where: { !$0.isFinite || $0 < 0 }) {
                throw XGBoostError(
                    code: .invalidValue,
                    message: "weight of row \(index) is \(weights[index]); weights are finite and not negative")
            }
            try set("weight", weights, on: handle)
        }
        if let featureNames {
            try checkCount(featureNames.count, of: "feature names", against: columns, unit: "columns")
            try set(names: featureNames, on: handle)
        }
    }

    private func checkCount(
        _ count: Int, of what: String, against expected: Int, unit: String
    ) throws(XGBoostError) {
        guard count == expected else {
            throw XGBoostError(code: .shape, message: "\(count) \(what) for \(expected) \(unit)")
        }
    }

    private func set(
        _ field: String, _ values: [Float], on handle: UnsafeMutableRawPointer
    ) throws(XGBoostError) {
        let status = values.withUnsafeBufferPointer {
            XGDMatrixSetFloatInfo(handle, field, $0.baseAddress, bst_ulong($0.count))
        }
        try check("setting labels or weights", status)
    }

    private func set(names: [String], on handle: UnsafeMutableRawPointer) throws(XGBoostError) {
        let copies = names.map { strdup($0) }
        defer { copies.forEach { free($0) } }
        var pointers = copies.map { UnsafePointer($0) }
        let status = XGDMatrixSetStrFeatureInfo(handle, "feature_name", &pointers, bst_ulong(pointers.count))
        try check("naming features", status)
    }
}
