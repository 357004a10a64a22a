// What benchmarks need from inside the program, for `deploy/bench`: each mode prepares, says "ready", and then does one
// round for each line of its standard input, so that the script can alternate with another process that does the same.
//
//   millrace-bench features PIPELINE TRANSACTIONS.csv.zst COLUMNS
import Foundation

let arguments = CommandLine.arguments
guard arguments.count == 5, arguments[1] == "features" else {
    FileHandle.standardError.write(Data("usage: millrace-bench features PIPELINE TRANSACTIONS.csv COLUMNS\n".utf8))
    exit(2)
}
let benchmark = try FeatureBenchmark(pipeline: arguments[2], transactions: arguments[3])
try benchmark.write(columnsTo: arguments[4])
print("ready")
fflush(nil)
while readLine() != nil {
    print(try benchmark.round())
    fflush(nil)
}
