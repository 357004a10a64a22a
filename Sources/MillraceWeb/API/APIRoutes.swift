import HTTPServer
import Millrace

/// What programs read below `/api/v1`. The values are those of `--json` on the command line.
enum APIRoutes {
    struct Pipeline: Codable {
        var process: ProcessFacts
        var status: PipelineStatus
        var observed: Timestamp
        /// Why promotion is held; absent when it is not.
        var hold: String?
    }
    struct Lag: Codable {
        var observed: Timestamp
        var trouble: String?
        /// All that were asked for, with a page of their partitions.
        var groups: [GroupObservation]
        /// The value of `after` for the next page; absent on the last.
        var next: String?
    }
    struct LagHistory: Codable {
        var groups: [String: [LagSeries.Point]]
    }
    struct Stages: Codable {
        var stages: [PipelineStatus.Stage]
        var freshness: Freshness?
    }
    struct Runs: Codable {
        /// Newest first.
        var runs: [RunSummary]
        /// The value of `before` for the next page; absent on the last.
        var next: String?
    }
    struct Models: Codable {
        /// Newest first.
        var models: [VersionSummary]
        var next: Int?
    }
    struct DeadLetters: Codable {
        /// Of the newest 2,000 those that the query asks for.
        var total: Int
        /// Newest first.
        var letters: [DeadLetterFact]
    }

    static let routes = [
        Route("GET", "/api/v1/pipeline", .api, .read) { visit in
            let snapshot = try visit.snapshot
            return try Answer.json(
                Pipeline(
                    process: visit.source.process, status: snapshot.status, observed: snapshot.observation.time,
                    hold: snapshot.view.publish.hold))
        },
        Route("GET", "/api/v1/lag", .api, .read) { visit in try Answer.json(try lag(visit)) },
        Route("GET", "/api/v1/lag/history", .api, .read) { visit in
            try Answer.json(LagHistory(groups: try visit.snapshot.series.points))
        },
        Route("GET", "/api/v1/stages", .api, .read) { visit in
            let snapshot = try visit.snapshot
            return try Answer.json(
                Stages(stages: snapshot.status.stages, freshness: snapshot.observation.freshness))
        },
        Route("GET", "/api/v1/runs", .api, .read) { visit in try Answer.json(try runs(visit)) },
        Route("GET", "/api/v1/runs/{run}", .api, .read) { visit in
            let name = visit.names["run"] ?? ""
            guard let run = try visit.snapshot.run(name) else { throw SiteError.notFound("run '\(name)'") }
            return try Answer.json(run)
        },
        Route("GET", "/api/v1/models", .api, .read) { visit in
            let versions = try visit.snapshot.versions
            let limit = try visit.integer("limit", in: 1...200, default: 20)
            let before = try visit.integer("before", in: 1...Int.max, default: .max)
            let rest = versions.drop { $0.version >= before }
            let page = rest.prefix(limit)
            return try Answer.json(
                Models(models: Array(page), next: rest.count > limit ? page.last?.version : nil))
        },
        Route("GET", "/api/v1/models/{version}", .api, .read) { visit in
            let name = visit.names["version"] ?? ""
            let versions = try visit.snapshot.versions
            guard let number = Int(name), let version = versions.first(where: { $0.version == number }) else {
                throw SiteError.notFound("version '\(name)'")
            }
            return try Answer.json(version)
        },
        Route("GET", "/api/v1/champion", .api, .read) { visit in
            guard let champion = try visit.snapshot.champion else { throw SiteError.notFound("champion yet") }
            return try Answer.json(champion)
        },
        Route("GET", "/api/v1/drift", .api, .read) { visit in
            guard let drift = try visit.snapshot.drift else { throw SiteError.notFound("champion's data here yet") }
            return try Answer.json(drift)
        },
        Route("GET", "/api/v1/dead-letters", .api, .read) { visit in
            let withBytes = try visit.wantsBytes(.api)
            let limit = try visit.integer("limit", in: 1...500, default: 50)
            var letters = try visit.source.deadLetters()
            if let code = try visit.text("code") { letters.removeAll { $0.code != code } }
            if let topic = try visit.text("topic") { letters.removeAll { $0.topic != topic } }
            return try Answer.json(
                DeadLetters(
                    total: letters.count,
                    letters: letters.suffix(limit).reversed().map { DeadLetterFact($0, withBytes: withBytes) }))
        },
    ]

    private static func lag(_ visit: Visit) throws -> Lag {
        let observation = try visit.snapshot.observation
        let limit = try visit.integer("limit", in: 1...1000, default: 200)
        let after = try visit.text("after")
        var groups = observation.groups
        if let name = try visit.text("group") {
            groups = groups.filter { $0.group == name || $0.role?.rawValue == name }
            guard !groups.isEmpty else { throw SiteError.notFound("group '\(name)' of this pipeline") }
        }
        func place(_ group: GroupObservation, _ partition: PartitionObservation) -> String {
            "\(group.group)/\(partition.topic)/\(partition.partition)"
        }
        var isBegun = after == nil
        var count = 0
        var last: String?
        var hasMore = false
        for index in groups.indices {
            let group = groups[index]
            groups[index].partitions = group.partitions.filter { partition in
                guard isBegun else {
                    isBegun = place(group, partition) == after
                    return false
                }
                hasMore = count == limit
                guard count < limit else { return false }
                count += 1
                if count == limit { last = place(group, partition) }
                return true
            }
        }
        guard isBegun else { throw SiteError.notFound("partition '\(after ?? "")'") }
        return Lag(
            observed: observation.time, trouble: observation.trouble, groups: groups, next: hasMore ? last : nil)
    }

    static func runs(_ visit: Visit) throws -> Runs {
        let snapshot = try visit.snapshot
        let limit = try visit.integer("limit", in: 1...500, default: 50)
        var end = snapshot.runs.count
        if let name = try visit.text("before") {
            guard let place = snapshot.position(of: name) else { throw SiteError.notFound("run '\(name)'") }
            end = place
        }
        var wanted: RunSummary.State?
        if let text = try visit.text("state") {
            wanted = RunSummary.State(rawValue: text)
            guard wanted != nil else {
                throw SiteError.badQuery(
                    "state", expected: "one of " + RunSummary.State.allCases.map(\.rawValue).joined(separator: ", "))
            }
        }
        let found = snapshot.runs[..<end].reversed().lazy.filter { wanted == nil || $0.state == wanted }
        let page = Array(found.prefix(limit + 1))
        return Runs(runs: Array(page.prefix(limit)), next: page.count > limit ? page[limit - 1].run : nil)
    }
}
