/// Numbers in the shortest form that reads back as the same number: `7`, `0.02`.
enum NumberText {
    static func format(_ value: Double) -> String {
        if let whole = Int64(exactly: value) { return String(whole) }
        return value.description
    }
}
