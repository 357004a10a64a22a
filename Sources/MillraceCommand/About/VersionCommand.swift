import CommandLine
import Kafka
import XGBoost

enum VersionCommand {
    static let command = Command(
        name: "version", summary: "Print the versions of the program and of the libraries it runs with",
        discussion: "A model's lineage names the same versions: another XGBoost may grow other trees.",
        options: [.json],
        examples: [
            .init("millrace version", "What runs here"),
            .init("millrace version --json", "The same for a machine"),
        ],
        run: action { arguments in
            let versions = [
                ("millrace", MillraceVersion.text),
                ("librdkafka", LibraryVersion.running.description),
                ("xgboost", Library.version),
            ]
            if arguments.flag("json") {
                let members = versions.map { OrderedJSON.Member($0.0, .text($0.1)) }
                arguments.console.print(OrderedJSON.object(members))
            } else {
                for (name, version) in versions { arguments.console.print("\(name) \(version)") }
            }
            if LibraryVersion.running < LibraryVersion.minimum {
                arguments.console.warn(
                    "librdkafka \(LibraryVersion.minimum) or newer is expected, this is \(LibraryVersion.running)")
            }
            return .success
        })
}
