import Millrace

/// The newest causes by name, a bounded number of them: a trace that is lost begins anew.
struct RecentCauses {
    private static let capacity = 256
    private var causes: [String: TraceCause] = [:]
    private var names: [String] = []

    subscript(_ name: String) -> TraceCause? { causes[name] }

    mutating func note(_ cause: TraceCause, for name: String) {
        if causes.updateValue(cause, forKey: name) == nil { names.append(name) }
        if names.count > Self.capacity { causes[names.removeFirst()] = nil }
    }
}
