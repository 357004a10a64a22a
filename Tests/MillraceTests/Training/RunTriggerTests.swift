import Millrace
import Testing

struct RunTriggerTests {
    @Test func `People read a trigger in its own words, and a request with its reason`() {
        #expect(RunTrigger(kind: .every, text: "every 7d", requests: []).words == "every 7d")
        #expect(RunTrigger(kind: .request, text: "first try", requests: []).words == "request: first try")
        #expect(RunTrigger(kind: .request, text: "", requests: []).words == "request")
    }
}
