import Millrace
import Testing

@Suite struct TraceContextTests {
    @Test func `A traceparent reads back as it was written`() throws {
        let text = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
        let context = try #require(TraceContext(text))
        #expect(context.description == text && context.isSampled)
        #expect(TraceContext(text.replacing("-01", with: "-00"))?.isSampled == false)
        // A later version may say more.
        #expect(TraceContext(text.replacing("00-4b", with: "01-4b") + "-more") != nil)
        let child = context.child("a")
        #expect(child.traceID == context.traceID && child.isSampled && child.spanID.count == 16)
        #expect(child == context.child("a") && child != context.child("b") && child.spanID != context.spanID)
    }

    @Test(arguments: [
        "", "-", "00", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
        "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
        "00-4bf92f3577b34da6a3ce929d0e0e473-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-+1", "0é-4bf92f3577b34da6a3ce929d0e0e4736-0-01",
    ])
    func `What is no traceparent is none`(text: String) { #expect(TraceContext(text) == nil) }

    @Test func `The share of traces that is asked for is sampled, each by all who meet it`() {
        let roots = (0..<2000).map { TraceContext.root(seed: "\($0)", span: "s", sample: 0.25) }
        #expect((400...600).contains(roots.filter(\.isSampled).count))
        #expect(roots.enumerated().allSatisfy { $1 == .root(seed: "\($0)", span: "s", sample: 0.25) })
        #expect(roots.allSatisfy { TraceContext($0.description) == $0 })
        #expect(TraceContext.root(seed: "a", span: "s", sample: 1).isSampled)
        #expect(!TraceContext.root(seed: "a", span: "s", sample: 0).isSampled)
    }
}
