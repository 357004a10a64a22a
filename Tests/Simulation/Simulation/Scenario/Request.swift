/// A message that people or services send while the simulation runs.
struct Request: Equatable {
    enum Kind: Equatable {
        case retrain(isDryRun: Bool)
        /// The newest version that is not in force. A stale one names another champion than there is.
        case promote(isForced: Bool, isStale: Bool)
        case rollBack(isStale: Bool)
        case hold
        case resume
        /// Something that is no message, on one of the topics that roles read.
        case rubbish(Int)
    }

    var kind: Kind
    /// Sent a second time, as after a lost acknowledgement.
    var isTwice: Bool

    var words: String {
        let what =
            switch kind {
            case .retrain(let isDryRun): "somebody asks for a \(isDryRun ? "dry run" : "run")"
            case .promote(let isForced, let isStale):
                "somebody asks to promote a version\(isForced ? " by force" : "")\(isStale ? ", with an old champion in mind" : "")"
            case .rollBack(let isStale):
                "somebody asks to roll back\(isStale ? ", with an old champion in mind" : "")"
            case .hold: "somebody asks to hold promotion"
            case .resume: "somebody asks to resume promotion"
            case .rubbish: "rubbish is written to a control topic"
            }
        return what + (isTwice ? ", twice" : "")
    }

    /// How the figures count it.
    var name: String {
        switch kind {
        case .retrain(let isDryRun): isDryRun ? "dry run asked for" : "run asked for"
        case .promote: "promotion asked for"
        case .rollBack: "rollback asked for"
        case .hold: "hold asked for"
        case .resume: "resume asked for"
        case .rubbish: "rubbish in a control topic"
        }
    }
}
