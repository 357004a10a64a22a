extension PipelineCheck {
    mutating func features() {
        /// Names so far, and where each was declared.
        var names: [String: String] = [:]
        for (index, feature) in pipeline.features.enumerated() {
            let path = decoding.path("features", member: index)
            kind(feature, path, earlier: names)
            for name in feature.featureNames {
                if let first = names[name] {
                    let isRolling = name != feature.name
                    decoding.problem(
                        .conflict, at: path + (isRolling ? ".over" : ".name"),
                        first == path
                            ? "'\(name)' stands for two spans of the same length"
                            : "the feature '\(name)' is declared in \(first) already")
                } else {
                    names[name] = path
                }
            }
        }
        if !pipeline.features.isEmpty || decoding.isBroken("features") { return }
        if !pipeline.triggers.isEmpty {
            decoding.problem(
                .missingKey, at: "features", "'features' is missing: a run would have nothing to learn from")
        }
    }

    private mutating func kind(_ feature: FeatureDeclaration, _ path: String, earlier: [String: String]) {
        switch feature.kind {
        case .column(let name): column(name, at: path + ".column", for: .value)
        case .calendar: break
        case .arithmetic(let formula): arithmetic(formula, path + ".arithmetic", feature, earlier)
        case .category(let name, let encoding):
            column(name, at: path + ".category", for: .category)
            if case .list(let values) = encoding, Set(values).count < values.count {
                let twice = values.first { value in values.count { $0 == value } > 1 } ?? ""
                decoding.problem(.conflict, at: path + ".values", "'\(twice)' stands twice in the list")
            }
        case .rolling(let function, let of, let key, _, _):
            rolling(function, of, path)
            column(key, at: path + ".key", for: .key)
        }
    }

    private mutating func rolling(_ function: FeatureDeclaration.RollingFunction, _ of: String?, _ path: String) {
        switch function {
        case .count, .labelRate:
            if of != nil {
                decoding.problem(.conflict, at: path + ".of", "'of' does not go with \(function.rawValue)")
            }
            if function == .labelRate, pipeline.labels == nil, !decoding.isBroken("labels") {
                decoding.problem(.missingKey, at: path + ".rolling", "label_rate needs the section 'labels'")
            }
        case .sum, .mean, .minimum, .maximum, .standardDeviation, .distinct:
            guard of != nil else {
                guard !decoding.isBroken(path + ".of") else { return }
                decoding.problem(
                    .missingKey, at: path + ".of", "'of' is missing: \(function.rawValue) of which column?")
                return
            }
            column(of, at: path + ".of", for: function == .distinct ? .any : .number)
        }
    }

    private mutating func arithmetic(
        _ formula: String, _ path: String, _ feature: FeatureDeclaration, _ earlier: [String: String]
    ) {
        let expression: ArithmeticExpression
        do throws(ArithmeticExpression.ParseError) {
            expression = try ArithmeticExpression(formula)
        } catch {
            decoding.problem(.value, at: path, error.description, suggestion: error.suggestion)
            return
        }
        for name in expression.names where earlier[name] == nil {
            if pipeline.events.columns.contains(where: { $0.name == name }) {
                column(name, at: path, for: .number)
                continue
            }
            if declaredColumns.contains(name) || isOfBrokenFeature(name) { continue }
            if pipeline.features.contains(where: { $0.featureNames.contains(name) }) {
                let isItself = feature.featureNames.contains(name)
                decoding.problem(
                    .reference, at: path,
                    isItself ? "'\(name)' cannot refer to itself" : "the feature '\(name)' stands later; move it up")
                continue
            }
            let known = earlier.keys.sorted() + declaredColumns
            decoding.problem(
                .reference, at: path, "no earlier feature and no column '\(name)'",
                suggestion: Spelling.nearest(to: name, among: known) ?? known.first { $0.hasPrefix(name + "_") })
        }
        if expression.names.isEmpty {
            decoding.problem(
                .value, at: path, "the formula names no feature and no column: it is the same for every event")
        }
    }

    /// Whether some entry that was not taken could have declared the name.
    private func isOfBrokenFeature(_ name: String) -> Bool {
        decoding.isBroken("features")
            && decoding.brokenNames.contains { name == $0 || name.hasPrefix($0 + "_") }
    }

    mutating func rules() {
        var names: Set<String> = []
        for (index, rule) in pipeline.rules.enumerated() {
            let path = decoding.path("rules", member: index)
            switch rule.check {
            case .range(let name, _, _): column(name, at: path + ".range", for: .number)
            case .members(let name, _): column(name, at: path + ".members", for: .category)
            case .nullShare(let name, _):
                column(name, at: path + ".null_share", for: .any)
                if let column = pipeline.events.columns.first(where: { $0.name == name }), !column.isOptional {
                    decoding.problem(
                        .conflict, at: path + ".null_share",
                        "'\(name)' is never empty, since it is not optional: a record without it is a dead letter")
                }
            case .rows: break
            }
            if !names.insert(rule.name).inserted {
                decoding.problem(
                    .conflict, at: path, "a rule named '\(rule.name)' stands above already; give one of them a 'name'")
            }
        }
    }
}
