import Millrace
import Testing

@Suite struct WorkLeftTests {
    @Test func whatCouldNotBeLookedAtIsNotCalledDone() {
        #expect(WorkLeft(groups: [], unseen: [], runs: []).isNothing)
        let left = WorkLeft(groups: [], unseen: ["millrace.fraud.train: it may not be read"], runs: [])
        #expect(!left.isNothing)
        #expect("\(left)" == "millrace.fraud.train: it may not be read")
    }
}
