import CommandLine
import Millrace

/// What a script wants to be told by the exit code.
struct LagLimits {
    var records: Int64?
    /// Names of verdicts; nil when none was asked for.
    var verdicts: Set<String>?

    init(_ arguments: Arguments) throws(UsageError) {
        records = arguments.integerIfGiven("fail-above").map { Int64($0) }
        guard let text = arguments.textIfGiven("fail-on") else { return }
        let known = LagVerdict.Code.allCases.map(\.rawValue) + BurrowStatus.allCases.map(\.rawValue)
        var names: Set<String> = []
        for word in text.split(separator: ",") {
            let name = word.filter { $0 != " " }
            guard known.contains(name) else {
                throw UsageError(
                    .invalidValue, "--fail-on: expected names of verdicts, found '\(name)'.",
                    advice: "Verdicts: " + known.joined(separator: ", ") + ".")
            }
            names.insert(name)
        }
        verdicts = names
    }

    /// Says what is beyond the limits, on standard error.
    /// - Parameter isComplete: whether all could be read. Of what could not, no limit says that it is well.
    func judge(_ groups: [GroupObservation], isComplete: Bool, on console: Console) -> ExitCode {
        let isAsked = records != nil || verdicts != nil
        var code = isComplete || !isAsked ? ExitCode.success : .failure
        for group in groups {
            if let records, group.lag > records {
                console.warn("\(group.group) is \(group.lag) records behind, more than \(records)")
                code = .lagging
            }
            for partition in group.partitions {
                for name in [partition.verdict.code.rawValue, partition.burrow.rawValue]
                where verdicts?.contains(name) ?? false {
                    console.warn(
                        "\(group.group) is \(name) in \(partition.topic)/\(partition.partition): "
                            + partition.verdict.reason)
                    code = .lagging
                }
            }
        }
        return code
    }
}
