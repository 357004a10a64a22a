import CommandLine
import Foundation
import Millrace
import MillraceWorker

/// Which pipeline a command is about: the options by which it is named, and how it is found without them.
enum PipelineChoice {
    static let option = Option.value(
        "pipeline", short: "f", .file(endings: ["yaml", "yml"]), valueName: "file", environment: "MILLRACE_PIPELINE",
        "The pipeline file; without it, the only one in the current folder")
    static let brokers = Option.value(
        "brokers", .text, valueName: "host:port", "Brokers to use instead of the file's")
    /// Options of every command that talks to a pipeline's brokers.
    static let options = [option, brokers]

    /// The file's path, or nil when none was given and the folder has none.
    static func path(_ arguments: Arguments) throws -> String? {
        if let path = arguments.textIfGiven("pipeline") { return path }
        let found = candidates(in: FileManager.default.currentDirectoryPath)
        guard found.count <= 1 else {
            throw UsageError(
                .missingOption,
                "Expected one pipeline file in the current folder, found \(found.count): "
                    + found.joined(separator: ", ") + ".",
                advice: "Name one with -f FILE, or set MILLRACE_PIPELINE.")
        }
        return found.first
    }

    /// Loads the pipeline file that the command is about.
    static func load(_ arguments: Arguments) throws -> PipelineFile {
        guard let path = try path(arguments) else {
            throw UsageError(
                .missingOption,
                "Expected a pipeline file, found none in \(FileManager.default.currentDirectoryPath).",
                advice: "Name one with -f FILE, set MILLRACE_PIPELINE, or write one with 'millrace init'.")
        }
        return try PipelineFile.load(path: path)
    }

    /// Loads the pipeline and reaches its brokers.
    static func connect(_ arguments: Arguments) throws -> PipelineConnection {
        try PipelineConnection(load(arguments).pipeline, brokers: arguments.textIfGiven("brokers"))
    }

    /// YAML files that declare a pipeline: those with a line that begins with `pipeline:`.
    static func candidates(in folder: String) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.filter { name in
            guard name.hasSuffix(".yaml") || name.hasSuffix(".yml") else { return false }
            guard let data = FileManager.default.contents(atPath: folder + "/" + name), data.count < 4 << 20 else {
                return false
            }
            let text = String(decoding: data, as: UTF8.self)
            return text.hasPrefix("pipeline:") || text.contains("\npipeline:")
        }
        .sorted()
    }
}
