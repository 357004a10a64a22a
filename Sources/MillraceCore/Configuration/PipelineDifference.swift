/// What an edited pipeline file means for the pipeline that runs: each edit, and when it takes effect.
public struct PipelineDifference: Sendable, Equatable, Codable {
    public struct Edit: Sendable, Equatable, Codable {
        /// Such as `windows.size` or `features.customer_mean`.
        public var path: String
        /// Nil for what is new.
        public var old: String?
        /// Nil for what is gone.
        public var new: String?
        public var effect: ChangeEffect

        /// `windows.size: 1d → 1h (only under a new pipeline name: …)`
        public var summary: String {
            let change =
                switch (old, new) {
                case (let old?, let new?): "\(old) → \(new)"
                case (nil, let new?): "added, \(new)"
                case (let old?, nil): "removed, was \(old)"
                case (nil, nil): "changed"
                }
            return "\(path): \(change) (\(effect.summary))"
        }
    }

    public var edits: [Edit]
    /// What follows from the edits together, and should be known before they are made.
    public var notes: [String] = []

    public init(from old: Pipeline, to new: Pipeline) {
        edits = []
        compare(old.canonical, new.canonical, .section(PipelineSchema.root.shape), path: "", effect: .newPipeline)
        // Dropped events are events that features never see.
        if old.rules.filter({ $0.action == .drop }) != new.rules.filter({ $0.action == .drop }) {
            for index in edits.indices where edits[index].path.hasPrefix("rules") {
                edits[index].effect = .secondFeatureSet
            }
        }
        let kept = old.slicesKept
        let wanted = new.backfill
        if needsSecondFeatureSet, !needsNewPipeline, wanted > kept {
            notes.append(
                "The new features would be computed from the slices of the last \(DurationText.format(wanted)), and those "
                    + "of \(DurationText.format(kept)) are kept: they begin there, and runs are refused until they have "
                    + "warmed up. To avoid that, raise retention.slices first, and wait.")
        }
    }

    /// Whether some edit cannot be made to the pipeline under its name.
    public var needsNewPipeline: Bool { edits.contains { $0.effect == .newPipeline } }
    /// Whether features are to be computed a second time.
    public var needsSecondFeatureSet: Bool { edits.contains { $0.effect == .secondFeatureSet } }

    private mutating func compare(
        _ old: ConfigurationValue?, _ new: ConfigurationValue?, _ shape: Shape?, path: String, effect: ChangeEffect
    ) {
        guard old != new else { return }
        guard let old, let new else {
            edits.append(Edit(path: path, old: old?.text, new: new?.text, effect: effect))
            return
        }
        switch (old, new) {
        case (.mapping(let before), .mapping(let after)):
            let section = shape?.section
            let keys = before.map(\.key) + after.map(\.key).filter { old[$0] == nil }
            for key in keys {
                let field = section?.fields.first { $0.name == key }
                compare(
                    old[key], new[key], field?.shape, path: Decoding.path(path, key: key),
                    effect: field?.effect ?? effect)
            }
        case (.list(let before), .list(let after)):
            compare(before, after, path: path, effect: effect)
        default:
            edits.append(Edit(path: path, old: old.text, new: new.text, effect: effect))
        }
    }

    /// Lists of named entries, entry by entry; others as a whole.
    private mutating func compare(
        _ old: [ConfigurationValue], _ new: [ConfigurationValue], path: String, effect: ChangeEffect
    ) {
        let (before, after) = (names(old), names(new))
        guard before.count == old.count, after.count == new.count, !(before + after).isEmpty,
            Set(before).count == before.count, Set(after).count == after.count
        else {
            edits.append(
                Edit(
                    path: path, old: ConfigurationValue.list(old).text, new: ConfigurationValue.list(new).text,
                    effect: effect))
            return
        }
        let count = edits.count
        for (name, value) in zip(before, old) {
            let index = after.firstIndex(of: name)
            compare(value, index.map { new[$0] }, nil, path: Decoding.path(path, key: name), effect: effect)
        }
        for (name, value) in zip(after, new) where !before.contains(name) {
            compare(nil, value, nil, path: Decoding.path(path, key: name), effect: effect)
        }
        if edits.count == count {
            edits.append(
                Edit(
                    path: path, old: "[" + before.joined(separator: ", ") + "]",
                    new: "[" + after.joined(separator: ", ") + "]", effect: effect))
        }
    }

    private func names(_ values: [ConfigurationValue]) -> [String] {
        values.compactMap { value in
            if case .scalar(let name)? = value["name"] { name } else { nil }
        }
    }
}

extension Shape {
    /// The section that this is, or may be.
    var section: SectionShape? {
        switch self {
        case .section(let section): section
        case .either(let shapes): shapes.lazy.compactMap(\.section).first
        case .scalar, .list, .map: nil
        }
    }
}
