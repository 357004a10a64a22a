import YAML

extension Interpolation {
    /// A problem as it may be shown: nothing of a secret, nothing about a value that is not known for want of a
    /// variable (nil). Here, for all problems, so that no check has to think of it.
    func redact(_ problem: ConfigurationProblem) -> ConfigurationProblem? {
        var problem = problem
        if let line = problem.line, let column = problem.column, problem.code != .interpolation {
            let place = Position(line: line, column: column)
            if incomplete.contains(place) { return nil }
            if secretPlaces.contains(place) {
                // A check may have taken the value apart, so nothing that it says is kept but what it expected.
                let expected = problem.expected.map { "expected \($0), found" } ?? "unfit here:"
                problem.message = "\(expected) the content of a secret file"
                problem.found = nil
                problem.suggestion = nil
            }
        }
        for secret in secrets where secret.utf8.count >= 4 {
            problem.message.replace(secret, with: "•••")
            problem.found?.replace(secret, with: "•••")
            problem.suggestion?.replace(secret, with: "•••")
        }
        return problem
    }
}
