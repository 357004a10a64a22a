import Millrace
import Testing

struct IdlePolicyTests {
    private func events(_ sealedThrough: Int64?, idle: Bool) -> IdlePolicy.Partition {
        .init(kind: .events, isIdle: idle, sealedThrough: sealedThrough)
    }
    private func labels(_ sealedThrough: Int64?) -> IdlePolicy.Partition {
        .init(kind: .labels, isIdle: true, sealedThrough: sealedThrough)
    }

    @Test func `an idle partition follows the slowest that is not idle`() {
        #expect(IdlePolicy.moment([events(5, idle: true), events(9, idle: false), events(7, idle: false)]) == 7)
    }

    @Test func `when all events are idle, labels follow to where all events are and no events go on`() {
        let moment = IdlePolicy.moment([events(9, idle: true), events(7, idle: true), labels(3)])
        #expect(moment == 7)
    }

    @Test func `nothing is sealed while a partition that counts has sealed nothing`() {
        #expect(IdlePolicy.moment([events(9, idle: true), events(nil, idle: false), labels(3)]) == nil)
        #expect(IdlePolicy.moment([events(9, idle: true), events(nil, idle: true), labels(3)]) == nil)
        #expect(IdlePolicy.moment([labels(3)]) == nil)
    }
}
