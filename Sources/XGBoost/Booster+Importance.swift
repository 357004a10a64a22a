internal import CXGBoost

/// How much a feature matters to a model, by one of XGBoost's counts over all splits.
public enum ImportanceKind: String, Sendable, CaseIterable {
    /// Mean gain of the splits on the feature.
    case gain
    /// Number of splits on the feature.
    case weight
    /// Mean sum of hessians that the feature's splits see.
    case cover
    case totalGain = "total_gain"
    case totalCover = "total_cover"
}

extension Booster {
    /// Importance by feature, greatest first. Features that no tree uses are absent; unnamed ones are `f0`, `f1`, ….
    public func importance(_ kind: ImportanceKind = .gain) throws(XGBoostError) -> [(feature: String, value: Double)] {
        var scores: [(feature: String, value: Double)] = []
        try withHandle { handle throws(XGBoostError) in
            var featureCount: bst_ulong = 0
            var features: UnsafeMutablePointer<UnsafePointer<CChar>?>?
            var dimension: bst_ulong = 0
            var shape: UnsafePointer<bst_ulong>?
            var values: UnsafePointer<Float>?
            try check(
                "counting importance",
                XGBoosterFeatureScore(
                    handle, "{\"importance_type\": \"\(kind.rawValue)\"}", &featureCount, &features, &dimension,
                    &shape, &values))
            guard let features, let values else { return }
            for index in 0..<Int(featureCount) {
                scores.append((features[index].map { String(cString: $0) } ?? "f\(index)", Double(values[index])))
            }
        }
        return scores.sorted { ($1.value, $0.feature) < ($0.value, $1.feature) }
    }
}
