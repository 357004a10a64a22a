internal import CXGBoost
import Foundation

// The library stores feature names with a model but compares nothing: a matrix with its columns in another order, or
// with too few of them, is predicted on without a word. The comparison is ours.
extension Booster {
    /// The names of the columns that the model was trained on, in their order; empty when they had none.
    public var featureNames: [String] {
        get throws(XGBoostError) {
            var names: [String] = []
            try withHandle { handle throws(XGBoostError) in
                var count: bst_ulong = 0
                var texts: UnsafeMutablePointer<UnsafePointer<CChar>?>?
                try check(
                    "reading feature names", XGBoosterGetStrFeatureInfo(handle, "feature_name", &count, &texts))
                guard let texts else { return }
                names = (0..<Int(count)).map { index in texts[index].map { String(cString: $0) } ?? "" }
            }
            return names
        }
    }

    func setFeatureNames(_ names: [String]) throws(XGBoostError) {
        let copies = names.map { strdup($0) }
        defer { copies.forEach { free($0) } }
        var pointers = copies.map { UnsafePointer($0) }
        try withHandle { handle throws(XGBoostError) in
            try check(
                "naming features",
                XGBoosterSetStrFeatureInfo(handle, "feature_name", &pointers, bst_ulong(pointers.count)))
        }
    }

    /// Refuses a matrix whose columns are not the model's.
    func checkColumns(of matrix: Matrix) throws(XGBoostError) {
        let expected = try featureCount
        guard matrix.columnCount == expected else {
            throw XGBoostError(
                code: .shape, message: "the model takes \(expected) columns, the matrix has \(matrix.columnCount)")
        }
        guard let found = matrix.featureNames else { return }
        let names = try featureNames
        guard !names.isEmpty else { return }
        for (index, (name, other)) in zip(names, found).enumerated() where name != other {
            throw XGBoostError(
                code: .shape, message: "column \(index) of the model is \(name), of the matrix \(other)")
        }
    }
}
