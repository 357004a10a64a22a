public import MillraceCore

/// The `releases` topic, folded. Publish decides upon nothing else (and its inputs), so whoever folds the same topic
/// knows what publish knew.
public struct PublishState: Sendable, Equatable {
    public enum Status: String, Sendable {
        /// Champion now.
        case champion
        /// Champion once, replaced by a later promotion.
        case superseded
        case rejected, inconclusive
        case awaitingApproval = "awaiting-approval"
        /// Champion once, taken out of force by a rollback.
        case rolledBack = "rolled-back"
    }

    public struct Version: Sendable, Equatable {
        public var number: Int
        public var run: String
        public var model: VersionModel
        public var status: Status
        /// What the newest gate judged it on, and against whom.
        public var judgedOn: Window
        public var judgedAgainst: Int?
        /// The newest gate's figures, and why the newest verdict is what it is.
        public var gate: GateNumbers?
        public var reasons: [ReleaseReason]
        public var threshold: Double?
        public var expires: Timestamp?
        /// The watermark of the datasets at the newest verdict.
        public var decidedAt: Timestamp?
        public var wasChampion: Bool
    }

    public private(set) var versions: [Int: Version] = [:]
    public private(set) var numbers: [String: Int] = [:]
    public private(set) var champion: Int?
    /// Champions before the one in force, the latest last; the alias `previous` is its last.
    public private(set) var history: [Int] = []
    /// How many times the champion has changed.
    public private(set) var sequence = 0
    /// Why automatic promotion is held; nil: it is not.
    public private(set) var hold: String?
    /// The newest watermark that a verdict names: what expires by then has expired.
    public private(set) var watermark: Timestamp?
    public private(set) var inputs = PublishInputs()
    public private(set) var requests: Set<RequestID> = []
    private var identities: Set<String> = []

    public init() {}

    public var nextVersion: Int { (versions.keys.max() ?? 0) + 1 }
    public var previous: Int? { history.last }

    /// Versions whose files are needed however old they are: those in force before and now, and what still may be
    /// approved.
    public var pinned: Set<Int> {
        var pinned = Set([champion, previous].compactMap { $0 })
        for version in versions.values where version.status == .awaitingApproval {
            if let expires = version.expires, let watermark, watermark >= expires { continue }
            pinned.insert(version.number)
        }
        return pinned
    }

    /// False for a message that repeats an earlier one.
    @discardableResult
    public mutating func fold(_ release: Release) -> Bool {
        let payload = release.payload
        guard identities.insert("\(Swift.type(of: payload).type)/\(payload.identity)").inserted else { return false }
        inputs.models = max(inputs.models, release.inputs.models)
        inputs.requests = max(inputs.requests, release.inputs.requests)
        if let request = release.request { requests.insert(request) }
        if release.movesChampion { sequence += 1 }
        switch release {
        case .published(let verdict):
            if let champion, champion != verdict.version {
                versions[champion]?.status = .superseded
                history.append(champion)
            }
            // A version that comes back leaves its old place: going back must not lead to itself.
            history.removeAll { $0 == verdict.version }
            record(verdict, .champion)
            champion = verdict.version
        case .rolledBack(let verdict):
            if let champion { versions[champion]?.status = .rolledBack }
            let gone = champion
            record(verdict, .champion)
            champion = verdict.version
            if let place = history.lastIndex(of: verdict.version) {
                history.removeSubrange(place...)
            }
            history.removeAll { $0 == gone || $0 == verdict.version }
            hold = "version \(gone ?? 0) was rolled back"
        case .rejected(let verdict): record(verdict, .rejected)
        case .inconclusive(let verdict): record(verdict, .inconclusive)
        case .awaitingApproval(let verdict): record(verdict, .awaitingApproval)
        case .refused: break
        case .held(let message): hold = message.reason
        case .resumed: hold = nil
        }
        return true
    }

    private mutating func record(_ verdict: Verdict, _ status: Status) {
        let former = versions[verdict.version]
        if let time = verdict.watermark { watermark = max(watermark ?? time, time) }
        numbers[verdict.run] = verdict.version
        versions[verdict.version] = Version(
            number: verdict.version, run: verdict.run, model: verdict.model, status: status,
            judgedOn: verdict.gate?.holdout ?? former?.judgedOn ?? verdict.model.plan.holdout,
            judgedAgainst: verdict.gate == nil ? former?.judgedAgainst : verdict.championBefore,
            gate: verdict.gate ?? former?.gate, reasons: verdict.reasons,
            threshold: verdict.threshold ?? former?.threshold, expires: verdict.expires, decidedAt: verdict.watermark,
            wasChampion: status == .champion || former?.wasChampion == true)
    }
}
