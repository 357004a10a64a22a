import Foundation

// Hashing must be the same in every process for a seed to be replayed: it is set before the program begins.
if ProcessInfo.processInfo.environment["SWIFT_DETERMINISTIC_HASHING"] == nil {
    setenv("SWIFT_DETERMINISTIC_HASHING", "1", 1)
    var arguments = CommandLine.arguments.map { strdup($0) } + [nil]
    execv("/proc/self/exe", &arguments)
}
exit(Program(options: Options(CommandLine.arguments.dropFirst().map { $0 })).run())
