import Foundation
import Millrace
import MillraceWeb
import MillraceWorker
import Synchronization

/// What a worker knows, for the pages that it serves.
final class WorkerSource: PipelineSource {
    let isObserving: Bool
    private let pipeline: Pipeline
    private let options: Worker.Options
    private let board: ObservationBoard
    private let status: StatusFile
    private let started = Timestamp.now
    private let letters = Mutex<(read: ContinuousClock.Instant, letters: [DeadLetter])?>(nil)
    private let latest = Mutex<(sequence: Int, trouble: String?, snapshot: PipelineSnapshot)?>(nil)

    init(_ worker: Worker, pipeline: Pipeline, options: Worker.Options) {
        self.pipeline = pipeline
        self.options = options
        board = worker.board
        status = worker.status
        isObserving = options.roles.contains(.observe)
    }

    var snapshot: PipelineSnapshot? {
        guard let entry = board.latest else { return nil }
        return latest.withLock { latest in
            let observation = entry.observation
            if let latest, latest.sequence == observation.sequence, latest.trouble == observation.trouble {
                return latest.snapshot
            }
            let made = PipelineSnapshot(
                observation: observation, series: board.series, view: entry.view, status: entry.status,
                deadLetters: entry.deadLetters, drift: entry.drift)
            latest = (observation.sequence, observation.trouble, made)
            return made
        }
    }

    var process: ProcessFacts {
        let own = status.latest
        return ProcessFacts(
            pipeline: pipeline.name, version: options.version, instance: options.instance, started: started,
            roles: (own?.roles ?? []).map {
                .init(
                    role: $0.role, condition: $0.condition.rawValue, detail: $0.detail, received: $0.received,
                    failures: $0.failures)
            },
            ingest: own?.ingest.map {
                .init(records: $0.records, bytes: $0.bytes, budgetBytes: pipeline.memoryBytes, paused: $0.paused)
            }, droppedSpans: own?.droppedSpans)
    }

    var minimumMatch: Double? { pipeline.labels?.minimumMatch }
    var windows: WindowSettings { pipeline.windows }

    var folders: [(name: String, path: String)] {
        [("pipeline", pipeline.folder), ("registry", pipeline.registry.path)]
    }

    /// Read once for all who look within a few seconds, and by one at a time: those who look cannot keep a slow broker,
    /// nor the threads that answer others, busy.
    func deadLetters() throws -> [DeadLetter] {
        let found = try letters.withLockIfAvailable { known in
            if let known, ContinuousClock.now - known.read < .seconds(5) { return known.letters }
            let letters = try DeadLetterReader(PipelineConnection(pipeline, client: "http"))
                .newest(Self.lettersKept, bytes: DeadLetterFact.bytesShown + 1)
            known = (.now, letters)
            return letters
        }
        guard let found else {
            throw OperationsError(
                .unanswered, "the dead letters are being read for somebody else; ask again in a moment")
        }
        return found
    }

    private static let lettersKept = 2000

    func file(_ reference: FileReference) throws -> [UInt8] {
        let path = "\(pipeline.folder)/\(reference.path)"
        let bytes = try DurableFile.read(path, limit: 16 << 20)
        guard bytes.count == reference.bytes, Checksum(of: bytes).description == reference.sha256 else {
            throw OperationsError(
                .damaged, "\(reference.path) is not the file that the release names: its checksum differs")
        }
        return bytes
    }

    func send(_ request: OperatorRequest) throws -> RequestID {
        let connection = try PipelineConnection(pipeline, client: "http")
        return switch request {
        case .retrain(let payload): try connection.send(payload, to: .retrain)
        case .promote(let payload): try connection.send(payload, to: .requests)
        case .rollback(let payload): try connection.send(payload, to: .requests)
        case .hold(let payload): try connection.send(payload, to: .requests)
        case .resume(let payload): try connection.send(payload, to: .requests)
        }
    }
}
