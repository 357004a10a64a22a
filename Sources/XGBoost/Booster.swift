internal import CXGBoost
import Synchronization

/// A gradient-boosted model.
///
/// XGBoost lets a booster be called from any thread, one call at a time, and keeps results in memory that its next
/// call overwrites. So every call holds this booster's lock until its result is copied; hence `@unchecked`.
/// A call that is also given a matrix takes the matrix's lock second, and only one matrix's: there is no cycle.
public final class Booster: @unchecked Sendable {
    private let handle: UnsafeMutableRawPointer
    private let lock = Mutex<Void>(())

    /// An untrained booster.
    ///
    /// - Parameters:
    ///   - parameters: names and values as XGBoost's documentation spells them, in the order they are to be set:
    ///     `("max_depth", "3")`. A value the library cannot read is refused at the first round.
    ///   - matrices: what it will be trained on and evaluated with; their predictions are then kept between rounds.
    public init(parameters: [(String, String)] = [], for matrices: [Matrix] = []) throws(XGBoostError) {
        self.handle = try Self.create(for: matrices)
        for (name, value) in parameters { try set(name, value) }
    }

    /// Takes over a handle made by the library.
    init(adopting handle: UnsafeMutableRawPointer) { self.handle = handle }

    deinit { XGBoosterFree(handle) }

    /// Sets a parameter for what comes next, `nthread` before predicting for example.
    public func set(_ name: String, _ value: String) throws(XGBoostError) {
        try withHandle { handle throws(XGBoostError) in
            try check("setting a parameter", XGBoosterSetParam(handle, name, value))
        }
    }

    /// Adds one round of trees. Rounds are numbered from 0 and seed the round's random choices.
    public func update(round: Int, on matrix: Matrix) throws(XGBoostError) {
        try withHandle { handle throws(XGBoostError) in
            try matrix.withHandle { matrix throws(XGBoostError) in
                try check("training a round", XGBoosterUpdateOneIter(handle, CInt(round), matrix))
            }
        }
    }

    /// The configured `eval_metric`s on labelled rows, under the names that XGBoost gives them.
    public func evaluate(round: Int, on matrix: Matrix) throws(XGBoostError) -> [(metric: String, value: Double)] {
        var text = ""
        try withHandle { handle throws(XGBoostError) in
            try matrix.withHandle { matrix throws(XGBoostError) in
                var matrices: [UnsafeMutableRawPointer?] = [matrix]
                var result: UnsafePointer<CChar>?
                let status = "set".withCString { name in
                    var names: [UnsafePointer<CChar>?] = [name]
                    return XGBoosterEvalOneIter(handle, CInt(round), &matrices, &names, 1, &result)
                }
                try check("evaluating a round", status)
                text = result.map { String(cString: $0) } ?? ""
            }
        }
        // "[3]\tset-auc:0.91\tset-logloss:0.02"
        return text.split(separator: "\t").dropFirst().compactMap { field in
            guard let colon = field.lastIndex(of: ":"), let value = Double(field[field.index(after: colon)...]) else {
                return nil
            }
            return (metric: String(field[..<colon].dropFirst("set-".count)), value: value)
        }
    }

    /// Rounds of boosting that the model holds.
    public var roundCount: Int {
        get throws(XGBoostError) {
            var count: CInt = 0
            try withHandle { handle throws(XGBoostError) in
                try check("counting rounds", XGBoosterBoostedRounds(handle, &count))
            }
            return Int(count)
        }
    }

    /// Columns that a matrix must have to be predicted on.
    public var featureCount: Int {
        get throws(XGBoostError) {
            var count: bst_ulong = 0
            try withHandle { handle throws(XGBoostError) in
                try check("counting features", XGBoosterGetNumFeature(handle, &count))
            }
            return Int(count)
        }
    }

    /// A model of some of the rounds: those up to the best one, say.
    public func slice(rounds: Range<Int>) throws(XGBoostError) -> Booster {
        var sliced: UnsafeMutableRawPointer?
        try withHandle { handle throws(XGBoostError) in
            let status = XGBoosterSlice(handle, CInt(rounds.lowerBound), CInt(rounds.upperBound), 1, &sliced)
            // 1.7 answers -2 for a range beyond the model, and leaves no text.
            guard status != -2 else {
                throw XGBoostError(code: .shape, message: "rounds \(rounds) are not all in the model")
            }
            try check("slicing a model", status)
        }
        guard let sliced else { throw XGBoostError(code: .library, message: "slicing a model: no handle was made") }
        return Booster(adopting: sliced)
    }

    func withHandle(_ body: (UnsafeMutableRawPointer) throws(XGBoostError) -> Void) throws(XGBoostError) {
        try lock.withLock { (_: inout Void) throws(XGBoostError) in try body(handle) }
    }

    private static func create(for matrices: [Matrix]) throws(XGBoostError) -> UnsafeMutableRawPointer {
        var handle: UnsafeMutableRawPointer?
        var handles: [UnsafeMutableRawPointer?] = []
        for matrix in matrices { try matrix.withHandle { handles.append($0) } }
        try check("creating a booster", XGBoosterCreate(&handles, bst_ulong(handles.count), &handle))
        withExtendedLifetime(matrices) {}
        guard let handle else { throw XGBoostError(code: .library, message: "creating a booster: no handle was made") }
        return handle
    }
}
