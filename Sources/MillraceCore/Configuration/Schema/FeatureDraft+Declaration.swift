// Between the file's flat entries and the typed declarations.

extension FeatureDeclaration {
    /// Nil, with the mistakes reported, when the entry's keys do not make a feature.
    init?(_ draft: FeatureDraft, _ path: String, _ decoding: inout Decoding) {
        self.init(name: draft.name, kind: .column(""), empty: draft.empty)
        if let column = draft.column {
            kind = .column(column)
        } else if let field = draft.calendar {
            var members: [Int]?
            if let texts = draft.members {
                guard let values = field.members(texts, path + ".in", &decoding) else { return nil }
                members = values
            }
            kind = .calendar(field, members: members)
        } else if let formula = draft.arithmetic {
            kind = .arithmetic(formula)
        } else if let column = draft.category {
            switch (draft.values, draft.buckets) {
            case (let values?, nil): kind = .category(column: column, encoding: .list(values))
            case (nil, let buckets?): kind = .category(column: column, encoding: .hash(buckets: buckets))
            case (nil, nil):
                if decoding.isBroken(path) { return nil }
                decoding.problem(.missingKey, at: path, "a category needs 'values' (a list) or 'buckets' (a number)")
                return nil
            case (_?, _?):
                decoding.problem(.conflict, at: path + ".buckets", "'values' and 'buckets' cannot stand together")
                return nil
            }
        } else if let function = draft.rolling, let key = draft.key, !draft.over.isEmpty {
            kind = .rolling(function, of: draft.of, key: key, over: draft.over, delay: draft.delay)
        } else {
            return nil
        }
    }
}

extension FeatureDraft {
    init(_ feature: FeatureDeclaration) {
        name = feature.name
        empty = feature.empty
        switch feature.kind {
        case .column(let name): column = name
        case .calendar(let field, let values):
            calendar = field
            members = values?.map { String($0) }
        case .arithmetic(let formula): arithmetic = formula
        case .category(let name, let encoding):
            category = name
            switch encoding {
            case .list(let list): values = list
            case .hash(let count): buckets = count
            }
        case .rolling(let function, let column, let name, let durations, let wait):
            (rolling, of, key, over, delay) = (function, column, name, durations, wait)
        }
    }
}

extension FeatureDeclaration.CalendarField {
    private static let weekdays = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    private static let months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]

    /// The values that the field takes.
    var range: ClosedRange<Int> {
        switch self {
        case .weekday: 0...6
        case .hour: 0...23
        case .minute: 0...59
        case .day: 1...31
        case .month: 1...12
        case .minuteOfDay: 0...1439
        }
    }

    /// The values that some texts stand for, ascending. A range may pass the end: `22..4`, `fri..mon`.
    fileprivate func members(_ texts: [String], _ path: String, _ decoding: inout Decoding) -> [Int]? {
        var result: Set<Int> = []
        for (index, text) in texts.enumerated() {
            let ends = text.split(separator: "..", omittingEmptySubsequences: false).map { value(String($0)) }
            guard (1...2).contains(ends.count), let first = ends[0], let last = ends[ends.count - 1] else {
                let isList = decoding.members[path] != nil
                decoding.problem(
                    .value, at: isList ? "\(path)[\(index)]" : path,
                    "expected \(self == .weekday ? "days such as sat or mon..fri" : "values") of \(rawValue), "
                        + "\(range.lowerBound)…\(range.upperBound), found '\(text)'")
                return nil
            }
            result.formUnion(
                first <= last ? Array(first...last) : Array(first...range.upperBound) + Array(range.lowerBound...last))
        }
        return result.sorted()
    }

    private func value(_ text: String) -> Int? {
        let text = text.lowercased().filter { $0 != " " }
        if self == .weekday, text.count >= 3,
            let index = Self.weekdays.firstIndex(where: { text == $0 || text == Self.fullNames[$0] })
        {
            return index
        }
        if self == .month, let index = Self.months.firstIndex(of: text) { return index + 1 }
        return Int(text).flatMap { range.contains($0) ? $0 : nil }
    }

    private static let fullNames = [
        "mon": "monday", "tue": "tuesday", "wed": "wednesday", "thu": "thursday", "fri": "friday", "sat": "saturday",
        "sun": "sunday",
    ]
}

extension ValidationRule {
    init?(_ draft: RuleDraft, _ path: String, _ decoding: inout Decoding) {
        let check: Check
        let label: String
        if let column = draft.range {
            guard draft.minimum != nil || draft.maximum != nil else {
                if decoding.isBroken(path) { return nil }
                decoding.problem(.missingKey, at: path, "a range needs 'minimum', 'maximum' or both")
                return nil
            }
            if let low = draft.minimum, let high = draft.maximum, low > high {
                decoding.problem(
                    .conflict, at: path + ".maximum",
                    "the maximum \(NumberText.format(high)) is less than the minimum \(NumberText.format(low))")
                return nil
            }
            (check, label) = (.range(column: column, minimum: draft.minimum, maximum: draft.maximum), "range \(column)")
        } else if let column = draft.members, let values = draft.values {
            (check, label) = (.members(column: column, values: values), "members \(column)")
        } else if let column = draft.nullShare {
            guard let maximum = draft.maximum else {
                if decoding.isBroken(path) { return nil }
                decoding.problem(
                    .missingKey, at: path, "'maximum' is missing (with 'null_share'), such as `maximum: 0.01`")
                return nil
            }
            guard (0...1).contains(maximum) else {
                decoding.problem(
                    .value, at: path + ".maximum", "expected a share of 0…1, found \(NumberText.format(maximum))")
                return nil
            }
            (check, label) = (.nullShare(column: column, maximum: maximum), "null share \(column)")
        } else if let rows = draft.rows {
            guard rows.minimum != nil || rows.maximum != nil else {
                decoding.problem(.missingKey, at: path + ".rows", "expected 'minimum', 'maximum' or both")
                return nil
            }
            if let low = rows.minimum, let high = rows.maximum, low > high {
                decoding.problem(
                    .conflict, at: path + ".rows.maximum", "the maximum \(high) is less than the minimum \(low)")
                return nil
            }
            (check, label) = (.rows(minimum: rows.minimum, maximum: rows.maximum), "rows")
        } else {
            return nil
        }
        if draft.action == .drop, draft.range == nil, draft.members == nil {
            decoding.problem(
                .conflict, at: path + ".action",
                "'drop' sets single rows aside, and this rule is about a whole window; use 'warn' or 'quarantine'")
            return nil
        }
        self.init(name: draft.name ?? label, check: check, action: draft.action)
    }
}

extension RuleDraft {
    init(_ rule: ValidationRule) {
        name = rule.name
        action = rule.action
        switch rule.check {
        case .range(let column, let low, let high): (range, minimum, maximum) = (column, low, high)
        case .members(let column, let list): (members, values) = (column, list)
        case .nullShare(let column, let share): (nullShare, maximum) = (column, share)
        case .rows(let low, let high): rows = RowBounds(minimum: low, maximum: high)
        }
    }
}
