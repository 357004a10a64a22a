import Synchronization

/// What has been asked of the site, by route.
final class Traffic: Sendable {
    struct Key: Hashable {
        var route: String
        var code: Int
    }
    struct Count: Sendable {
        var requests: [Key: Int] = [:]
        var seconds: [String: Histogram] = [:]
    }

    private let state = Mutex(Count())

    var count: Count { state.withLock { $0 } }

    func add(route: String, code: Int, seconds: Double) {
        state.withLock { state in
            state.requests[Key(route: route, code: code), default: 0] += 1
            state.seconds[route, default: Histogram(MetricCatalog.httpSeconds)].add(seconds)
        }
    }
}
