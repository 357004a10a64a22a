import Millrace

/// What tests of the publish role say in few words.
protocol PublishSuite {}

extension PublishSuite {
    func desk(_ change: (inout Pipeline) -> Void = { _ in }) throws -> PublishDesk {
        try PublishDesk(LearningFixture(change: change))
    }

    func codes(_ release: Release?) -> [String] { release?.verdict?.reasons.map(\.code) ?? [] }

    func refusal(_ release: Release?) -> String? {
        if case .refused(let refused)? = release { refused.reason.code } else { nil }
    }

    func promote(_ version: Int, over champion: Int?, force: Bool? = nil) -> PromoteRequested {
        PromoteRequested(version: version, replaces: champion, requester: "ops", reason: "test", force: force)
    }
}
