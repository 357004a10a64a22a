/// What can only be said of a pipeline as a whole: names that refer to one another, spans that must fit together.
///
/// A part that was not taken is not complained about a second time, so every check asks first whether what it stands on
/// was read.
struct PipelineCheck {
    let pipeline: Pipeline
    var decoding: Decoding

    static func check(_ pipeline: Pipeline, _ decoding: inout Decoding) {
        var check = PipelineCheck(pipeline: pipeline, decoding: decoding)
        check.sources()
        check.features()
        check.rules()
        check.spans()
        check.learning()
        check.http()
        decoding = check.decoding
    }

    // MARK: Columns

    /// What a column must be able to do for its place.
    enum Use {
        case any
        case number
        case id
        case category
        case key
        case value

        var expected: String {
            switch self {
            case .any: "a column"
            case .number: "a column of type decimal, integer or float"
            case .id: "a column of type id"
            case .category: "a column of type text, id or boolean"
            case .key: "a column of type id, text, integer or boolean"
            case .value: "a numeric, boolean or time column"
            }
        }

        func allows(_ type: ColumnType) -> Bool {
            switch (self, type) {
            case (.any, _), (.id, .id): true
            case (.number, .decimal), (.number, .integer), (.number, .float): true
            case (.category, .text), (.category, .id), (.category, .boolean): true
            case (.key, .id), (.key, .text), (.key, .integer), (.key, .boolean): true
            case (.value, .decimal), (.value, .integer), (.value, .float), (.value, .boolean), (.value, .time): true
            default: false
            }
        }
    }

    /// Every name that the file declares as a column, whether or not the rest of it was taken.
    var declaredColumns: [String] {
        let names = pipeline.events.columns.map(\.name)
        return names + (decoding.keys["events.columns"] ?? []).filter { !names.contains($0) }
    }

    /// Reports a name at `path` that is no column, or one of an unfit type.
    mutating func column(_ name: String?, at path: String, for use: Use) {
        // Without any columns the missing section is the mistake.
        guard let name, !name.isEmpty, !decoding.isBroken(path), !pipeline.events.columns.isEmpty else { return }
        guard let column = pipeline.events.columns.first(where: { $0.name == name }) else {
            guard !declaredColumns.contains(name) else { return }
            unknownColumn(name, at: path)
            return
        }
        if !use.allows(column.type) {
            decoding.problem(
                .reference, at: path,
                "expected \(use.expected), found '\(name)' of type \(Codec<ColumnType>.format(column.type))")
        }
    }

    mutating func unknownColumn(_ name: String, at path: String) {
        let suggestion = Spelling.nearest(to: name, among: declaredColumns)
        let known = suggestion == nil ? "; there are \(declaredColumns.sorted().joined(separator: ", "))" : ""
        decoding.problem(.reference, at: path, "no column '\(name)'\(known)", suggestion: suggestion)
    }

    // MARK: Spans

    /// Reports a span that is not a whole number of windows.
    mutating func wholeWindows(_ span: Duration, at path: String, _ what: String) {
        let size = pipeline.windows.size
        guard size > .zero, !decoding.isBroken(path), !decoding.isBroken("windows.size"),
            span.microseconds % size.microseconds != 0
        else { return }
        let (text, window) = (DurationText.format(span), DurationText.format(size))
        let whole = span.microseconds / size.microseconds
        let near = Duration.microseconds(max(1, whole + (whole == 0 ? 1 : 0)) * size.microseconds)
        decoding.problem(
            .conflict, at: path, "\(what) of \(text) is not a whole number of windows of \(window)",
            suggestion: DurationText.format(near))
    }
}
