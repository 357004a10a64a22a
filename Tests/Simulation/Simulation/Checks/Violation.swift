/// What the worker promises, as the checks name it.
enum Promise: String, CaseIterable {
    case nothingLost = "1: nothing lost, nothing twice"
    case oneDataset = "2: one window, one dataset; one run, one version"
    case sameBytes = "3: same offsets, same bytes"
    case order = "4: windows are transformed in order"
    case noStop = "6: no message can stop the worker"
    case aliasAfterRelease = "8: nothing is in force that no release has put there"
    case answered = "what is asked for is answered, once"
    case explained = "9: every release explains itself"
    case lock = "two workers of one name never share a folder"
    case idle = "idle means at the end of the partition"
    case progress = "whatever happened, the work goes on"
}

struct Violation: CustomStringConvertible {
    var promise: Promise
    var detail: String

    init(_ promise: Promise, _ detail: String) {
        self.promise = promise
        self.detail = detail
    }

    var description: String { "promise \(promise.rawValue)\n  \(detail)" }
}
