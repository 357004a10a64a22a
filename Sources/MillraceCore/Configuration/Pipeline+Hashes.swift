extension Pipeline {
    /// SHA-256 (64 hexadecimal digits) of everything that this pipeline declares, defaults included: the same for files
    /// that differ in layout, comments or spelled-out defaults alone. Secrets enter as hashes. How the worker is watched
    /// takes no part: nothing is decided by it.
    public var configurationHash: String {
        guard case .mapping(let entries) = canonical else { return "" }
        let deciding = entries.filter { !Self.watching.contains($0.key) }
        return Checksum(of: "millrace configuration 1\n" + ConfigurationValue.mapping(deciding).canonicalText)
            .description
    }

    /// Sections by which nothing is decided.
    private static let watching: Set<String> = ["log", "observe", "tracing", "alerts", "http"]

    /// SHA-256 (64 hexadecimal digits) of everything that decides the values of features: their definitions in order,
    /// the columns that they read, event time and its zone, windows, what drops events before features see them, and
    /// the labels if a feature looks at them. Datasets, state and models carry it.
    public var featureHash: String {
        Checksum(of: "millrace features 1\n" + featureFacts.canonicalText).description
    }

    var canonical: ConfigurationValue {
        var value = PipelineSchema.root.encode(PipelineAssembly.draft(of: self))
        guard case .mapping(var entries) = value else { return value }
        // Settings of the client may be secrets under any name.
        for index in entries.indices where entries[index].key == "kafka" {
            entries[index].value = entries[index].value.hidingSettings(in: "client", PipelineSchema.isSecretSetting)
        }
        for index in entries.indices where ["tracing", "alerts"].contains(entries[index].key) {
            entries[index].value = entries[index].value.hidingSettings(in: "headers") { _ in true }
                .hidingSettings(in: "webhook") { _ in true }
        }
        value = .mapping(entries)
        return value
    }

    private var featureFacts: ConfigurationValue {
        let canonical = canonical
        var facts: [ConfigurationValue.Entry] = []
        func add(_ key: String, _ value: ConfigurationValue?) {
            if let value { facts.append(.init(key: key, value: value)) }
        }
        add("features", canonical["features"])
        add("time_zone", canonical["time_zone"])
        add("topics", canonical["events"]?["topics"])
        add("time", canonical["events"]?["time"])
        add("unique", canonical["events"]?["unique"])
        add("id", .scalar(events.idColumn))
        add("window", canonical["windows"]?["size"])
        add("lateness", canonical["windows"]?["lateness"])
        add("max_jump", canonical["windows"]?["max_jump"])
        let used = events.columns.filter { usedColumns.contains($0.name) }.sorted { $0.name < $1.name }
        for column in used { add("column " + column.name, canonical["events"]?["columns"]?[column.name]) }
        if used.contains(where: \.isPersonal) { add("personal_key", canonical["events"]?["personal_key"]) }
        let drops = rules.filter { $0.action == .drop }
        // What a rule is called decides nothing.
        let nameless = drops.map { ValidationRule(name: "", check: $0.check, action: $0.action) }
        add("drop", .list(nameless.map { PipelineSchema.rule.encode($0) }))
        if readsLabels, let labels = canonical["labels"] {
            for key in ["topics", "event", "reported", "value", "horizon"] { add("labels." + key, labels[key]) }
        }
        return .mapping(facts)
    }

    package var readsLabels: Bool {
        features.contains { feature in
            if case .rolling(.labelRate, _, _, _, _) = feature.kind { true } else { false }
        }
    }

    private var usedColumns: Set<String> {
        var names: Set<String> = [events.idColumn, events.timeColumn]
        if let unique = events.uniqueColumn { names.insert(unique) }
        for feature in features {
            switch feature.kind {
            case .column(let name), .category(let name, _): names.insert(name)
            case .calendar: break
            case .arithmetic(let formula): names.formUnion((try? ArithmeticExpression(formula))?.names ?? [])
            case .rolling(_, let of, let key, _, _):
                names.insert(key)
                if let of { names.insert(of) }
            }
        }
        for rule in rules where rule.action == .drop {
            switch rule.check {
            case .range(let name, _, _), .members(let name, _), .nullShare(let name, _): names.insert(name)
            case .rows: break
            }
        }
        return names
    }
}

extension Pipeline {
    /// Texts that must not be shown anywhere.
    public var secrets: [String] {
        kafka.client.filter { PipelineSchema.isSecretSetting($0.key) }.map(\.value)
            + [events.personalKey, http.tokens.read, http.tokens.write, http.tokens.payloads].compactMap(\.self)
            + tracing.headers.map(\.value) + alerts.headers.map(\.value) + [alerts.webhook].compactMap(\.self)
    }
}

extension ConfigurationValue {
    private var hidden: ConfigurationValue { .scalar("sha256:" + Checksum(of: text).description) }

    fileprivate func hidingSettings(in section: String, _ isSecret: (String) -> Bool) -> ConfigurationValue {
        guard case .mapping(var entries) = self else { return self }
        for index in entries.indices where entries[index].key == section {
            guard case .mapping(let settings) = entries[index].value else {
                if isSecret(section) { entries[index].value = entries[index].value.hidden }
                continue
            }
            entries[index].value = .mapping(
                settings.map { isSecret($0.key) ? .init(key: $0.key, value: $0.value.hidden) : $0 })
        }
        return .mapping(entries)
    }
}
