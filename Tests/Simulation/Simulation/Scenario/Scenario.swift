import Glibc
import World

/// All that a run depends on.
struct Scenario {
    enum Cast: String, CaseIterable { case ingest, all }

    var seed: UInt64
    var cast: Cast
    var workers = 2
    var partitions = 3
    /// Of production.
    var seconds = 24.0
    /// Kinds of records beside the plain ones.
    var spices: Set<Spice> = Set(Spice.allCases)
    var steps: [Step] = []

    enum Spice: String, CaseIterable { case late, duplicate, unreadable, future, transactions, quiet, rubbish }

    init(seed: UInt64, cast: Cast) {
        self.seed = seed
        self.cast = cast
        var dice = Dice(seed &* 2 &+ 1)
        workers = 1 + dice.below(3)
        partitions = 1 + dice.below(4)
        seconds = 12 + Double(dice.below(20))
        spices = Set(Spice.allCases.filter { _ in !dice.one(in: 4) })
        let count = dice.below(9)
        for _ in 0..<count { steps.append(Self.step(&dice, seconds: seconds, workers: workers, cast: cast)) }
        steps.sort { $0.at < $1.at }
    }

    static let ingestPoints = [
        "ingest.chunk-written", "ingest.written-before-rename", "ingest.files-before-send", "ingest.before-send",
        "ingest.after-send", "transaction.open",
    ]
    static let controlPoints = [
        "transform.before-send", "transform.after-commit", "train.before-send", "train.after-commit", "train.decided",
        "train.before-trained", "publish.before-send", "publish.after-commit", "publish.released-before-alias",
    ]

    private static func step(_ dice: inout Dice, seconds: Double, workers: Int, cast: Cast) -> Step {
        func span(_ dice: inout Dice, _ range: ClosedRange<Int64>) -> Double { Double(dice.within(range)) / 10 }
        let at = 0.5 + span(&dice, 0...Int64(seconds * 10))
        let worker = dice.below(workers)
        let points = cast == .ingest ? ingestPoints : ingestPoints + controlPoints
        let kind: Step.Kind
        switch dice.below(20) {
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
        default: kind = dice.one(in: 3) ? .retention : .powerCut(back: span(&dice, 2...40))
        }
        return Step(at: at, kind: kind)
    }
}
