public import MillraceCore

/// Holds a window's rows against the declared rules.
public struct RuleChecker: Sendable {
    /// A row that a `drop` rule leaves out.
    public struct Dropped: Sendable, Equatable {
        public var row: Int
        public var rule: String
        public var message: String
    }

    /// What the rules say of a whole window.
    public struct Verdict: Sendable, Equatable {
        /// Rows (or 1, for rules of the whole window) that broke a warning rule, by its name.
        public var warnings: [String: Int] = [:]
        /// Broken blocking rules.
        public var violations: [DatasetQuarantined.Violation] = []
    }

    private let rules: [ValidationRule]
    private let columns: [Column]

    /// - Parameter rules: on columns of `columns`, as the pipeline file's check has made sure.
    public init(rules: [ValidationRule], columns: [Column]) {
        self.rules = rules
        self.columns = columns
    }

    /// The rows that `drop` rules leave out, in order, each for the first rule that it breaks.
    public func dropped(from table: RowTable) -> [Dropped] {
        var found: [Int: Dropped] = [:]
        for rule in rules where rule.action == .drop {
            for row in offenders(rule.check, table) where found[row] == nil {
                found[row] = Dropped(
                    row: row, rule: rule.name,
                    message: "\(Self.expectation(rule.check)), found \(value(rule, table, row))")
            }
        }
        return found.values.sorted { $0.row < $1.row }
    }

    /// The rules of the whole window, on the rows that are left.
    public func check(_ table: RowTable) -> Verdict {
        var verdict = Verdict()
        for rule in rules where rule.action != .drop {
            guard let (count, found) = breach(rule, table) else { continue }
            if rule.action == .warn {
                verdict.warnings[rule.name] = count
            } else {
                verdict.violations.append(
                    .init(rule: rule.name, message: "\(Self.expectation(rule.check)), found \(found)"))
            }
        }
        return verdict
    }

    /// Nil when the rule holds; otherwise how many rows broke it, and what was found.
    private func breach(_ rule: ValidationRule, _ table: RowTable) -> (count: Int, found: String)? {
        switch rule.check {
        case .range, .members:
            let rows = offenders(rule.check, table)
            guard let first = rows.first else { return nil }
            return (rows.count, "\(rows.count) of \(table.count) rows outside, the first \(value(rule, table, first))")
        case .nullShare(let name, let maximum):
            guard let index = columns.firstIndex(where: { $0.name == name }), table.count > 0 else { return nil }
            let null = Cell.null(columns[index].type)
            let nulls = table.values[index].cells.count { $0 == null }
            guard Double(nulls) > maximum * Double(table.count) else { return nil }
            return (nulls, "\(Self.share(nulls, table.count)) (\(nulls) of \(table.count) rows)")
        case .rows(let minimum, let maximum):
            guard table.count < minimum ?? 0 || table.count > maximum ?? .max else { return nil }
            return (1, "\(table.count)")
        }
    }

    /// Rows that break a rule of rows. A null value breaks none: that is what `null_share` is for.
    private func offenders(_ check: ValidationRule.Check, _ table: RowTable) -> [Int] {
        switch check {
        case .range(let name, let minimum, let maximum):
            guard let index = columns.firstIndex(where: { $0.name == name }) else { return [] }
            let type = columns[index].type
            let cells = table.values[index].cells
            return cells.indices.filter { row in
                let number = NumericCell.double(cells[row], type: type)
                return number < minimum ?? -.infinity || number > maximum ?? .infinity
            }
        case .members(let name, let values):
            guard let index = columns.firstIndex(where: { $0.name == name }) else { return [] }
            let allowed = Set(values)
            let column = table.values[index]
            return column.cells.indices.filter { row in column.text(row).map { !allowed.contains($0) } ?? false }
        case .nullShare, .rows: return []
        }
    }

    private func value(_ rule: ValidationRule, _ table: RowTable, _ row: Int) -> String {
        let name: String
        switch rule.check {
        case .range(let column, _, _), .members(let column, _), .nullShare(let column, _): name = column
        case .rows: return ""
        }
        guard let index = columns.firstIndex(where: { $0.name == name }) else { return "" }
        // Personal values are hashes by now, but a message is still no place for them.
        if columns[index].isPersonal { return "another (the column is personal)" }
        switch columns[index].type {
        case .id, .text: return table.values[index].text(row).map { "'\($0.prefix(60))'" } ?? "null"
        case let type: return "\(NumericCell.double(table.values[index].cells[row], type: type))"
        }
    }

    private static func expectation(_ check: ValidationRule.Check) -> String {
        switch check {
        case .range(let column, let minimum, let maximum):
            switch (minimum, maximum) {
            case (let low?, let high?): "expected \(column) between \(low) and \(high)"
            case (let low?, nil): "expected \(column) of at least \(low)"
            case (nil, let high?): "expected \(column) of at most \(high)"
            case (nil, nil): "expected any \(column)"
            }
        case .members(let column, let values):
            "expected \(column) among \(values.prefix(8).joined(separator: ", "))\(values.count > 8 ? ", …" : "")"
        case .nullShare(let column, let maximum): "expected a share of nulls in \(column) of at most \(maximum)"
        case .rows(let minimum, let maximum):
            switch (minimum, maximum) {
            case (let low?, let high?): "expected \(low) to \(high) rows"
            case (let low?, nil): "expected at least \(low) rows"
            case (nil, let high?): "expected at most \(high) rows"
            case (nil, nil): "expected any number of rows"
            }
        }
    }

    private static func share(_ part: Int, _ whole: Int) -> String {
        String((Double(part) / Double(whole) * 10_000).rounded() / 10_000)
    }
}
