import MillraceCore

extension XGBoostSettings {
    private static let ownNames: Set<String> = [
        "rounds", "seed", "nthread", "early_stopping_rounds", "early_stopping_share",
    ]

    /// What lineage says beside the library's own parameters, so that a model can be made again from it.
    var lineage: [String: String] {
        var lineage = ["rounds": String(rounds)]
        if let earlyStoppingRounds {
            lineage["early_stopping_rounds"] = String(earlyStoppingRounds)
            lineage["early_stopping_share"] = String(earlyStoppingShare)
        }
        return lineage
    }

    /// The settings that a model's lineage tells of.
    init(lineage: [String: String]) {
        self.init()
        rounds = lineage["rounds"].flatMap(Int.init) ?? rounds
        seed = lineage["seed"].flatMap(Int.init) ?? seed
        threads = lineage["nthread"].flatMap(Int.init)
        earlyStoppingRounds = lineage["early_stopping_rounds"].flatMap(Int.init)
        earlyStoppingShare = lineage["early_stopping_share"].flatMap(Double.init) ?? earlyStoppingShare
        parameters = lineage.filter { !Self.ownNames.contains($0.key) }
    }
}
