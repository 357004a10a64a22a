import Glibc
import Kafka
import Millrace
import MillraceWorker
import World

extension Theatre {
    func end(_ index: Int, back: Double) {
        guard let process = lives[index], !process.isDead else { return }
        world.tell("worker \(process.name) is killed")
        figures.kills += 1
        world.kill(process)
        // What a death leaves behind is there for others to see at once.
        omens += checks.duringTheRun()
        raise(index, after: Int64(back * 1e9))
        mind(back)
    }

    func note(_ process: SimulatedProcess, _ seconds: Double) {
        standstills.append((process.name, world.now..<world.now + Int64(seconds * 1e9)))
        mind(seconds)
    }

    func mind(_ seconds: Double) { lastDisaster = max(lastDisaster, world.now + Int64(seconds * 1e9)) }

    private func freeze(_ process: SimulatedProcess, _ seconds: Double) {
        world.tell("worker \(process.name) stands still for \(seconds) s")
        figures.note("process stood still")
        world.freeze(process, for: Int64(seconds * 1e9))
        note(process, seconds)
    }

    func passed(_ process: SimulatedProcess, _ point: String) {
        guard let place = armed.firstIndex(where: { lives[$0.worker] === process && $0.point == point }) else { return }
        armed[place].passages -= 1
        guard armed[place].passages <= 0 else { return }
        let action = armed.remove(at: place).action
        world.tell("worker \(process.name) is at '\(point)'")
        figures.note("disaster at \(point)")
        action(process)
    }

    // MARK: By plan

    func carryOut(_ step: Step) {
        switch step.kind {
        case .kill(let worker, let back): end(worker, back: back)
        case .killAt(let worker, let point, let passage, let back):
            armed.append((worker, point, passage, { [self] _ in end(worker, back: back) }))
        case .freeze(let worker, let seconds):
            if let process = lives[worker], !process.isDead { freeze(process, seconds) }
        case .freezeAt(let worker, let point, let seconds):
            armed.append((worker, point, 1, { [self] in freeze($0, seconds) }))
        case .replace(let worker, let point, let seconds): replace(worker, point, seconds)
        case .twin(let worker): startTwin(worker)
        case .stop(let worker, let back):
            guard let process = lives[worker], !process.isDead else { return }
            world.tell("worker \(process.name) is stopped")
            figures.note("process stopped in order")
            stops[ObjectIdentifier(process)]?.set()
            mind(back + 20)
        case .cutOff(let worker, let seconds):
            guard let process = lives[worker], !process.isDead else { return }
            world.tell("worker \(process.name) has no connection for \(seconds) s")
            figures.note("process cut off")
            world.cutOff(process, for: Int64(seconds * 1e9))
            note(process, seconds)
        case .loseAnswers(let worker, let count): broker.lostAnswers[Self.names[worker]] = count
        case .refuseWrites(let seconds, let error):
            world.tell("the disk refuses writes for \(seconds) s")
            world.disk.refusal = (world.now + Int64(seconds * 1e9), error)
            mind(seconds)
        case .powerCut(let back):
            for index in 0..<scenario.workers { end(index, back: back) }
            world.tell("the power is cut")
            world.disk.cutPower(&world.dice)
            mind(back)
        case .retention: removeOldRecords()
        case .loss(let share): loseRecords(share)
        case .addPartitions(let count):
            world.tell("\(count) partition(s) are added")
            figures.note("partitions added")
            broker.addPartitions(to: "transactions", count: count)
            partitions += count
            mind(20)
        case .ask(let request): ask(request)
        }
    }

    private func replace(_ worker: Int, _ point: String?, _ seconds: Double) {
        let action: (SimulatedProcess) -> Void = { [self] old in
            freeze(old, seconds)
            figures.note("process replaced while it stood still")
            world.loseLocks(of: old)
            lives[worker] = start(worker)
        }
        if let point {
            armed.append((worker, point, 1, action))
        } else if let process = lives[worker], !process.isDead {
            action(process)
        }
    }

    /// What no open window needs any more.
    private func removeOldRecords() {
        for (partition, offset) in broker.committed("millrace.\(pipeline.name).ingest") {
            guard let rewind = ResumeNote(offset.metadata)?.snapshot.offset else { continue }
            broker.removeRecords(of: partition, below: rewind)
        }
    }

    /// What open windows need, and some of what has not been read.
    private func loseRecords(_ share: Double) {
        for (partition, offset) in broker.committed("millrace.\(pipeline.name).ingest").sorted(by: { $0.key < $1.key })
        {
            let unread = checks.log(partition).stable - offset.offset
            guard world.dice.one(in: 2) else { continue }
            world.tell("records of \(partition) are lost")
            figures.note("records lost by retention")
            broker.removeRecords(of: partition, below: offset.offset + Int64(Double(max(0, unread)) * share))
            lossy.insert(partition)
        }
    }

    private func startTwin(_ worker: Int) {
        guard let first = lives[worker], !first.isDead else { return }
        let twin = start(worker)
        figures.note("second worker of a name")
        world.after(3_000_000_000) { [self] in
            guard !twin.isDead else { return }
            if !first.isDead { intruders.append(twin.name) }
            world.kill(twin)
        }
        mind(4)
    }
}
