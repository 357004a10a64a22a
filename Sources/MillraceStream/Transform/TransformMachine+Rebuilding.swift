public import MillraceCore

extension TransformMachine {
    /// What must be done to make datasets again that were announced.
    public struct Rebuild: Sendable, Equatable {
        /// Windows that are only looked back at, oldest first.
        public var history: [Build] = []
        /// Windows whose datasets are made, oldest first, without a gap.
        public var datasets: [Build] = []
        /// Windows of which the labels alone are made.
        public var labels: [Build] = []

        /// The slices that are read, each once.
        public var shares: [SliceLedger.Share] {
            var seen: Set<String> = []
            // Of windows made for their labels, the events are not read.
            let all = (history + datasets).flatMap { $0.events + $0.labels } + labels.flatMap(\.labels)
            return all.filter { seen.insert($0.slice.file.path).inserted }
        }
    }

    /// How to make again what has been announced, by a machine that has folded all that was, and received all seals.
    ///
    /// - Parameters:
    ///   - announced: datasets of the machine's feature set, in the order of their windows.
    ///   - span: all datasets that lie within it are made, those between them too.
    ///   - arrivals: windows whose labels are made.
    public func rebuild(_ announced: [DatasetReady], within span: Window, labels arrivals: [Window]) -> Rebuild {
        var rebuild = Rebuild()
        let wanted = announced.filter { $0.window.start >= span.start && $0.window.end <= span.end }
        if let first = wanted.first?.window {
            // What is carried for features reaches no further; the join of labels, which looks back longer, makes no
            // file.
            let seen = Window(holding: first.start - settings.featureMemory, size: settings.windowSize)
            rebuild.history = history(before: first).filter { !$0.isForLabelsOnly && $0.window >= seen }.map {
                var build = $0
                build.mayBeRemoved = false
                return build
            }
            rebuild.datasets = wanted.map { ready in
                var build = build(of: ready.window, isSkipped: ready.isSkipped)
                build.isCold = ready.isCold
                return build
            }
        }
        let made = Set(wanted.map(\.window))
        rebuild.labels = arrivals.filter { !made.contains($0) }.map { build(of: $0, isSkipped: true) }
        return rebuild
    }

    private func build(of window: Window, isSkipped: Bool) -> Build {
        let previous = previous(of: window)
        return Build(
            window: window, events: isSkipped ? [] : ledger.shares(of: window, kind: .events, after: nil),
            labels: ledger.shares(of: window, kind: .labels, after: previous), isCold: false, isReleased: true,
            isSkipped: isSkipped, offsets: [:], previous: previous, labelsAnnounced: false)
    }
}

extension TransformMachine.Rebuild {
    /// The same with slices that came out as other files, by the paths of those announced.
    public func reading(_ files: [String: FileReference]) -> Self {
        func replaced(_ shares: [SliceLedger.Share]) -> [SliceLedger.Share] {
            shares.map { share in
                var share = share
                share.slice.file = files[share.slice.file.path] ?? share.slice.file
                return share
            }
        }
        func replaced(_ builds: [TransformMachine.Build]) -> [TransformMachine.Build] {
            builds.map { build in
                var build = build
                build.events = replaced(build.events)
                build.labels = replaced(build.labels)
                return build
            }
        }
        return Self(history: replaced(history), datasets: replaced(datasets), labels: replaced(labels))
    }
}
