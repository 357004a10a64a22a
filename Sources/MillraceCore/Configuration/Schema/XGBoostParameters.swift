// Parameters are handed to XGBoost as they are; a misspelt one would only be a line in a log there.

extension PipelineSchema {
    /// Of XGBoost 1.7 to 3.2.
    private static let known: Set<String> = [
        "alpha", "base_score", "booster", "colsample_bylevel", "colsample_bynode", "colsample_bytree", "device", "eta",
        "eval_metric", "feature_selector", "gamma", "grow_policy", "interaction_constraints", "lambda",
        "learning_rate", "max_bin", "max_cached_hist_node", "max_cat_threshold", "max_cat_to_onehot",
        "max_delta_step", "max_depth", "max_leaves", "min_child_weight", "min_split_loss", "monotone_constraints",
        "normalize_type", "num_parallel_tree", "objective", "one_drop", "predictor", "process_type", "rate_drop",
        "refresh_leaf", "reg_alpha", "reg_lambda", "sample_type", "sampling_method", "scale_pos_weight", "skip_drop",
        "sketch_eps", "subsample", "tree_method", "updater", "verbosity",
    ]

    private static let ours = [
        "nthread": "threads", "n_jobs": "threads", "random_state": "seed", "num_round": "rounds",
        "num_boost_round": "rounds", "n_estimators": "rounds", "early_stopping_rounds": "early_stopping",
    ]

    static func checkParameter(_ entry: SourceNode.Entry, _ path: String, _ decoding: inout Decoding) -> Bool {
        if let name = ours[entry.key] {
            decoding.problem(
                .unknownKey, at: path, "'\(entry.key)' is called '\(name)' here", suggestion: name, key: entry)
            return false
        }
        guard !known.contains(entry.key) else { return true }
        let names = known.union(["rounds", "seed", "threads", "early_stopping"]).sorted()
        decoding.problem(
            .unknownKey, at: path, "XGBoost has no parameter '\(entry.key)'",
            suggestion: Spelling.nearest(to: entry.key, among: names), key: entry)
        return false
    }
}
