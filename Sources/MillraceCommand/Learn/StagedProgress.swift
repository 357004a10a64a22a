import CommandLine
import MillraceWorker

/// How far a version is made again: a line a stage.
final class StagedProgress {
    private let console: Console
    private var current: (stage: Reproducer.Stage, progress: Progress)?

    init(on console: Console) {
        self.console = console
    }

    func update(_ stage: Reproducer.Stage, done: Int, total: Int) {
        if current?.stage != stage {
            finish()
            current = (stage, Progress("\(stage)", total: total, unit: stage.rawValue, on: console))
        }
        current?.progress.update(done: done)
    }

    func finish() {
        current?.progress.finish()
        current = nil
    }
}
