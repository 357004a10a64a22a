import Millrace

/// In a sentence: is all well, and if not, what to do.
struct StatePart {
    var snapshot: PipelineSnapshot

    var html: String {
        let problems = snapshot.status.problems
        let blocking = problems.count { $0.severity == .blocking }
        let tone: Tone = blocking > 0 ? .bad : problems.isEmpty ? .good : .open
        let headline =
            problems.isEmpty
            ? "All is well"
            : blocking > 0
                ? "\(blocking) \(blocking == 1 ? "thing holds" : "things hold") the pipeline up"
                : "\(problems.count) \(problems.count == 1 ? "thing asks" : "things ask") for attention"
        let items = problems.map { problem in
            let next = problem.next.map { "<code>\(escape($0))</code>" } ?? ""
            return "<li>\(Markup.chip(problem.severity.rawValue, Self.tone(problem.severity)))<div><p>"
                + "\(escape(problem.message))</p>\(next)</div></li>"
        }
        let trouble = snapshot.observation.trouble.map {
            "<p class=\"quiet\">What is shown is of \(Markup.time(snapshot.observation.time)) UTC: \(escape($0))</p>"
        }
        return """
            <div class="state \(tone.rawValue)"><p class="headline">\(headline)</p>\(trouble ?? "")\
            \(items.isEmpty ? "" : "<ul>\(items.joined())</ul>")</div>
            """
    }

    private static func tone(_ severity: PipelineStatus.Problem.Severity) -> Tone {
        switch severity {
        case .blocking: .bad
        case .warning: .open
        case .attention: .accent
        }
    }
}
