public import Foundation

/// All mistakes of one pipeline file, in the file's order.
public struct ConfigurationError: Error, Sendable, Equatable, CustomStringConvertible {
    public var file: String
    public var problems: [ConfigurationProblem]

    public init(file: String, problems: [ConfigurationProblem]) {
        self.file = file
        self.problems = problems
    }

    /// Every problem with its line and a mark beneath, and how many there are.
    public var description: String {
        // It names the file itself, and there is no other problem to count.
        if problems.count == 1, problems[0].code == .file { return problems[0].message }
        let count = problems.count == 1 ? "1 problem" : "\(problems.count) problems"
        return problems.map(\.rendered).joined(separator: "\n") + "\n\(count) in \(file)"
    }

    /// `{"file": …, "problems": […]}`, for programs.
    public func json() throws -> Data {
        struct Report: Encodable {
            var file: String
            var problems: [ConfigurationProblem]
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
        return try encoder.encode(Report(file: file, problems: problems))
    }
}

extension ConfigurationError: LocalizedError {
    public var errorDescription: String? { description }
}
