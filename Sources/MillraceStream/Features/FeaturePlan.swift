import MillraceCore

/// Feature declarations compiled against the columns of the events.
struct FeaturePlan: Sendable {
    /// How a feature that is no aggregate is made.
    enum Step: Sendable {
        case column(Int, ColumnType, feature: Int, empty: Double?)
        case calendar(FeatureDeclaration.CalendarField, members: Set<Int>?, feature: Int)
        case category(Int, ColumnType, FeatureDeclaration.CategoryEncoding, feature: Int, empty: Double?)
        case arithmetic(ArithmeticProgram, feature: Int, empty: Double?)
    }

    private(set) var names: [String] = []
    private(set) var steps: [Step] = []
    private(set) var groups: [RollingPlan] = []

    /// Columns that aggregates read: what state must hold.
    private(set) var stateColumns: [Int] = []

    init(_ declarations: [FeatureDeclaration], columns: [Column]) throws(DatasetError) {
        func column(_ name: String, of feature: String) throws(DatasetError) -> Int {
            guard let index = columns.firstIndex(where: { $0.name == name }) else {
                throw DatasetError(
                    .declaration,
                    "feature \(feature): expected a column among \(columns.map(\.name).joined(separator: ", ")), "
                        + "found '\(name)'")
            }
            return index
        }
        for declaration in declarations {
            let name = declaration.name
            let feature = names.count
            switch declaration.kind {
            case .column(let source):
                let index = try column(source, of: name)
                guard !columns[index].type.isText else {
                    throw DatasetError(
                        .declaration,
                        "feature \(name): expected a numeric column, found \(source), a text; "
                            + "code it as a category")
                }
                steps.append(.column(index, columns[index].type, feature: feature, empty: declaration.empty))
            case .calendar(let field, let members):
                steps.append(.calendar(field, members: members.map(Set.init), feature: feature))
            case .category(let source, let encoding):
                let index = try column(source, of: name)
                steps.append(
                    .category(index, columns[index].type, encoding, feature: feature, empty: declaration.empty))
            case .arithmetic(let text):
                let expression: ArithmeticExpression
                do { expression = try ArithmeticExpression(text) } catch {
                    throw DatasetError(.declaration, "feature \(name): \(error)")
                }
                let earlier = names
                let program = try ArithmeticProgram(expression) { source throws(DatasetError) in
                    if let index = earlier.firstIndex(of: source) { return .feature(index) }
                    let index = try column(source, of: name)
                    guard !columns[index].type.isText else {
                        throw DatasetError(
                            .declaration, "feature \(name): expected a numeric column, found \(source), a text")
                    }
                    return .column(index, columns[index].type)
                }
                steps.append(.arithmetic(program, feature: feature, empty: declaration.empty))
            case .rolling(let function, let of, let key, let over, let delay):
                let keyColumn = try column(key, of: name)
                let valueColumn: Int? = if let of { try column(of, of: name) } else { nil }
                let value = valueColumn.map { RollingPlan.Value(column: $0, type: .init(columns[$0].type)) }
                try Self.check(function, value, of: of, feature: name)
                var group = groups.firstIndex { $0.keyColumn == keyColumn } ?? groups.count
                if group == groups.count {
                    groups.append(RollingPlan(keyColumn: keyColumn, type: columns[keyColumn].type))
                    group = groups.count - 1
                }
                for (index, duration) in over.enumerated() {
                    groups[group].add(
                        function, of: value, delay: delay.microseconds, duration: duration.microseconds,
                        feature: feature + index, empty: declaration.empty)
                }
                for index in [keyColumn, valueColumn].compactMap({ $0 }) where !stateColumns.contains(index) {
                    stateColumns.append(index)
                }
            }
            names.append(contentsOf: declaration.featureNames)
        }
        stateColumns.sort()
    }

    private static func check(
        _ function: FeatureDeclaration.RollingFunction, _ value: RollingPlan.Value?, of: String?, feature: String
    ) throws(DatasetError) {
        switch function {
        case .count, .labelRate: break
        case .sum, .mean, .minimum, .maximum, .standardDeviation, .distinct:
            guard let value else {
                throw DatasetError(
                    .declaration,
                    "feature \(feature): expected `of` with the column to take the \(function.rawValue) of")
            }
            guard function == .distinct || value.type != .text else {
                throw DatasetError(
                    .declaration,
                    "feature \(feature): expected a numeric column to take the \(function.rawValue) of, found "
                        + "\(of ?? ""), a text")
            }
        }
    }

    var hasLabels: Bool { groups.contains(where: \.hasLabels) }
    /// How far back in µs the aggregates look.
    var reach: Int64 { groups.map(\.reach).max() ?? 0 }
}

extension RollingPlan.ValueType {
    init(_ type: ColumnType) {
        switch type {
        case .decimal(let scale): self = .integer(scale: scale)
        case .integer, .boolean, .time: self = .integer(scale: 0)
        case .float: self = .float
        case .id, .text: self = .text
        }
    }
}
