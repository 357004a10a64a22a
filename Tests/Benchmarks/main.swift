// What benchmarks need from inside the program, for `deploy/bench`.
//
//   millrace-bench features PIPELINE TRANSACTIONS.csv.zst COLUMNS
//       prepares, says "ready", and then does one round for each line of its standard input, so that the script can
//       alternate with another process that does the same
//   millrace-bench observe-feed BROKERS
//       fills topics, says "ready", and goes on writing to them until it is ended
//   millrace-bench observe BROKERS SECONDS INTERVAL
//       looks at the groups of those topics, and says what that cost
import Foundation

let arguments = CommandLine.arguments
switch (arguments.dropFirst().first, arguments.count) {
case ("features", 5):
    let benchmark = try FeatureBenchmark(pipeline: arguments[2], transactions: arguments[3])
    try benchmark.write(columnsTo: arguments[4])
    print("ready")
    fflush(nil)
    while readLine() != nil {
        print(try benchmark.round())
        fflush(nil)
    }
case ("observe-feed", 3): try ObserveBenchmark(brokers: arguments[2]).feed()
case ("observe", 5):
    let benchmark = ObserveBenchmark(brokers: arguments[2])
    print(try benchmark.look(seconds: Double(arguments[3])!, interval: Double(arguments[4])!))
default:
    FileHandle.standardError.write(
        Data("usage: millrace-bench features|observe-feed|observe …, see Tests/Benchmarks/main.swift\n".utf8))
    exit(2)
}
