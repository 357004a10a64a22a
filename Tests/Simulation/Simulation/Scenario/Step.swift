import Glibc

/// One disaster of a plan, or something that people do.
struct Step: Equatable {
    enum Kind: Equatable {
        /// kill -9; the process comes back after a while.
        case kill(worker: Int, back: Double)
        /// The same, at the n-th time a named point is reached from then on.
        case killAt(worker: Int, point: String, passage: Int, back: Double)
        /// SIGSTOP, and SIGCONT after some seconds.
        case freeze(worker: Int, seconds: Double)
        /// The same at a named point.
        case freezeAt(worker: Int, point: String, seconds: Double)
        /// Stopped and given up: another of the same name starts elsewhere at once, and the old one comes back.
        case replace(worker: Int, point: String?, seconds: Double)
        /// A second worker of the same name is started by mistake on the same folder.
        case twin(worker: Int)
        case stop(worker: Int, back: Double)
        case cutOff(worker: Int, seconds: Double)
        case loseAnswers(worker: Int, count: Int)
        case refuseWrites(seconds: Double, error: Int32)
        case powerCut(back: Double)
        /// Retention removes records that every group has read.
        case retention
        /// Retention removes records that open windows need, and so great a share of those not even read.
        case loss(share: Double)
        case addPartitions(count: Int)
        case ask(Request)
    }

    /// Seconds after the beginning.
    var at: Double
    var kind: Kind

    /// The number of the worker that it happens to.
    var worker: Int? {
        switch kind {
        case .kill(let worker, _), .freeze(let worker, _), .twin(let worker), .stop(let worker, _),
            .cutOff(let worker, _), .loseAnswers(let worker, _), .killAt(let worker, _, _, _),
            .freezeAt(let worker, _, _), .replace(let worker, _, _):
            worker
        case .refuseWrites, .powerCut, .retention, .loss, .addPartitions, .ask: nil
        }
    }

    /// What it does, in words.
    var words: String {
        func name(_ worker: Int) -> String { "worker \(Theatre.names[worker])" }
        let text =
            switch kind {
            case .kill(let worker, let back): "\(name(worker)) is killed, and starts again \(back) s later"
            case .killAt(let worker, let point, let passage, let back):
                "\(name(worker)) is killed at passage \(passage) of '\(point)', and starts again \(back) s later"
            case .freeze(let worker, let seconds): "\(name(worker)) stands still for \(seconds) s"
            case .freezeAt(let worker, let point, let seconds):
                "\(name(worker)) stands still at '\(point)' for \(seconds) s"
            case .replace(let worker, let point, let seconds):
                "\(name(worker)) stands still\(point.map { " at '\($0)'" } ?? "") for \(seconds) s; another of its name "
                    + "is started meanwhile"
            case .twin(let worker): "a second \(name(worker)) is started by mistake on the same folder"
            case .stop(let worker, let back): "\(name(worker)) is stopped in order, and starts again \(back) s later"
            case .cutOff(let worker, let seconds): "\(name(worker)) has no connection for \(seconds) s"
            case .loseAnswers(let worker, let count): "\(count) answers to \(name(worker)) are lost"
            case .refuseWrites(let seconds, let error):
                "the disk refuses writes for \(seconds) s (\(String(cString: strerror(error))))"
            case .powerCut(let back): "the power is cut: what was not synced may be lost; back \(back) s later"
            case .retention: "retention removes records that have been dealt with"
            case .loss(let share): "retention removes records that are needed (\(share) of what has not been read)"
            case .addPartitions(let count): "\(count) partition(s) are added"
            case .ask(let request): request.words
            }
        return "\(at) s: \(text)"
    }
}
