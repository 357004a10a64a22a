import Glibc
import World

/// All that a run depends on.
struct Scenario {
    enum Cast: String, CaseIterable { case ingest, all }

    /// Kinds of records beside the plain ones.
    enum Spice: String, CaseIterable {
        case late, duplicate, unreadable, future, transactions, quiet, rubbish, repeatedLabels
    }

    /// Ways in which the pipeline and its cluster are set up.
    enum Trait: String, CaseIterable {
        /// A person has to approve of a model that passes.
        case approval
        /// A rule puts windows with outrageous amounts into quarantine.
        case rules
        /// Members of groups keep their places over restarts.
        case staticMembers
    }

    var seed: UInt64
    var cast: Cast
    var workers = 2
    var partitions = 3
    /// Of production.
    var seconds = 24.0
    var spices: Set<Spice> = Set(Spice.allCases)
    var traits: Set<Trait> = []
    var steps: [Step] = []

    init(seed: UInt64, cast: Cast) {
        self.seed = seed
        self.cast = cast
        var dice = Dice(seed &* 2 &+ 1)
        workers = 1 + dice.below(3)
        partitions = 1 + dice.below(4)
        seconds = 12 + Double(dice.below(20))
        spices = Set(Spice.allCases.filter { _ in !dice.one(in: 4) })
        traits = Set(Trait.allCases.filter { _ in dice.one(in: 3) })
        let count = dice.below(9)
        for _ in 0..<count { steps.append(Self.step(&dice, seconds: seconds, workers: workers, cast: cast)) }
        if cast == .all {
            for _ in 0..<dice.below(5) { steps.append(Self.request(&dice, seconds: seconds)) }
        }
        steps.sort { $0.at < $1.at }
    }

    static let ingestPoints = [
        "ingest.chunk-written", "ingest.written-before-rename", "ingest.files-before-send", "ingest.before-send",
        "ingest.sent-before-commit", "ingest.after-send", "transaction.open",
    ]
    static let controlPoints = [
        "transform.written-before-send", "transform.before-send", "transform.sent-before-commit",
        "transform.after-commit", "train.before-send", "train.sent-before-commit", "train.after-commit",
        "train.decided", "train.training", "train.before-trained", "publish.before-send",
        "publish.sent-before-commit", "publish.after-commit", "publish.released-before-alias",
    ]

    private static func span(_ dice: inout Dice, _ range: ClosedRange<Int64>) -> Double {
        Double(dice.within(range)) / 10
    }

    private static func step(_ dice: inout Dice, seconds: Double, workers: Int, cast: Cast) -> Step {
        let at = 0.5 + span(&dice, 0...Int64(seconds * 10))
        let worker = dice.below(workers)
        let points = cast == .ingest ? ingestPoints : ingestPoints + controlPoints + controlPoints
        let kind: Step.Kind
        switch dice.below(24) {
        case 0...2: kind = .kill(worker: worker, back: span(&dice, 2...60))
        case 3...6:
            kind = .killAt(
                worker: worker, point: dice.pick(points), passage: 1 + dice.below(3), back: span(&dice, 2...60))
        case 7, 8: kind = .freeze(worker: worker, seconds: span(&dice, 5...400))
        case 9...11: kind = .freezeAt(worker: worker, point: dice.pick(points), seconds: span(&dice, 20...400))
        case 12:
            kind = .replace(
                worker: worker, point: dice.one(in: 3) ? nil : dice.pick(points), seconds: span(&dice, 20...300))
        case 13: kind = .twin(worker: worker)
        case 14: kind = .stop(worker: worker, back: span(&dice, 2...40))
        case 15, 16: kind = .cutOff(worker: worker, seconds: span(&dice, 10...350))
        case 17: kind = .loseAnswers(worker: worker, count: 1 + dice.below(3))
        case 18: kind = .refuseWrites(seconds: span(&dice, 5...80), error: dice.one(in: 2) ? ENOSPC : EIO)
        case 19: kind = dice.one(in: 2) ? .retention : .loss(share: Double(dice.below(100)) / 100)
        case 20, 21: kind = .addPartitions(count: 1 + dice.below(2))
        default: kind = .powerCut(back: span(&dice, 2...40))
        }
        return Step(at: at, kind: kind)
    }

    /// Towards the end, when there is something to ask for.
    private static func request(_ dice: inout Dice, seconds: Double) -> Step {
        let at = span(&dice, Int64(seconds * 3)...Int64(seconds * 10))
        let isTwice = dice.one(in: 4)
        let kind: Request.Kind
        switch dice.below(12) {
        case 0...2: kind = .retrain(isDryRun: false)
        case 3: kind = .retrain(isDryRun: true)
        case 4...6: kind = .promote(isForced: !dice.one(in: 3), isStale: dice.one(in: 4))
        case 7, 8: kind = .rollBack(isStale: dice.one(in: 4))
        case 9: kind = .hold
        case 10: kind = .resume
        default: kind = .rubbish(dice.below(5))
        }
        return Step(at: at, kind: .ask(Request(kind: kind, isTwice: isTwice)))
    }
}
