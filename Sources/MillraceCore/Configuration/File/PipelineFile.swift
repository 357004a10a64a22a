public import Foundation
import YAML

/// A pipeline as its file declares it, and where in the file everything stands.
public struct PipelineFile: Sendable {
    public let path: String
    public let pipeline: Pipeline
    /// For checks that come later (against the broker, say) and cite a line.
    public let sourceMap: SourceMap

    /// Reads, interpolates, decodes and checks a file.
    /// - Parameter environment: the variables of `${NAME}`; those of the process by default.
    /// - Throws: every mistake of the file at once.
    public static func load(
        path: String, environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws(ConfigurationError) -> PipelineFile {
        let bytes: [UInt8]
        do throws(FileError) {
            bytes = try DurableFile.read(path, limit: 4 << 20)
        } catch {
            throw ConfigurationError(
                file: path,
                problems: [SourceMap(file: path, text: "").fileProblem(error.message)])
        }
        return try parse(bytes, path: path, environment: environment)
    }

    /// As `load`, of a text at hand; `path` names it in messages.
    public static func parse(
        _ text: String, path: String = "pipeline.yaml", environment: [String: String] = [:]
    ) throws(ConfigurationError) -> PipelineFile {
        try parse(Array(text.utf8), path: path, environment: environment)
    }

    private static func parse(
        _ bytes: [UInt8], path: String, environment: [String: String]
    ) throws(ConfigurationError) -> PipelineFile {
        let map = SourceMap(file: path, text: String(decoding: bytes, as: UTF8.self))
        var duplicates: [YAMLError] = []
        let node: Node
        do throws(YAMLError) {
            node = try YAMLDocument.parse(bytes, duplicates: &duplicates)
        } catch {
            throw ConfigurationError(file: path, problems: (duplicates + [error]).map { map.problem($0) })
        }
        var interpolation = Interpolation(environment: environment)
        let source = interpolation.apply(node)
        var decoding = Decoding(map: map)
        for duplicate in duplicates { decoding.add(map.problem(duplicate)) }
        for failure in interpolation.failures {
            decoding.add(
                map.problem(
                    .interpolation, path: "", failure.message, suggestion: failure.suggestion,
                    line: failure.position.line, column: failure.position.column, length: failure.length))
        }
        let pipeline = decode(source, &decoding)
        guard let pipeline, decoding.problems.isEmpty else {
            let problems = decoding.problems.inOrder().compactMap { interpolation.redact($0) }
            throw ConfigurationError(file: path, problems: problems)
        }
        return PipelineFile(path: path, pipeline: pipeline, sourceMap: decoding.map)
    }

    private static func decode(_ source: SourceNode, _ decoding: inout Decoding) -> Pipeline? {
        decoding.place("", source)
        if case .scalar(let zone)? = source["time_zone"]?.content, let zone = ZonedTime.zone(named: zone.text) {
            decoding.timeZone = zone
        }
        guard let draft = PipelineSchema.root.decode(source, "", &decoding) else { return nil }
        let pipeline = PipelineAssembly.pipeline(of: draft, &decoding)
        PipelineCheck.check(pipeline, &decoding)
        return pipeline
    }
}

extension SourceMap {
    fileprivate func problem(_ error: YAMLError) -> ConfigurationProblem {
        if let reference = unquotedReference(error) {
            return problem(
                .syntax, path: "",
                "expected \"\(reference)\" in quotes: within braces and brackets YAML takes its braces for its own",
                line: error.position.line, column: error.position.column - 1, length: reference.count)
        }
        return problem(
            error.code == .duplicateKey ? .duplicateKey : .syntax, path: "", error.message,
            line: error.position.line, column: error.position.column, length: error.length)
    }

    /// The `${…}` whose brace the parser stumbled over.
    private func unquotedReference(_ error: YAMLError) -> Substring? {
        guard error.code == .syntax, lines.indices.contains(error.position.line - 1), error.position.column > 1 else {
            return nil
        }
        let reference = lines[error.position.line - 1].dropFirst(error.position.column - 2)
        guard reference.hasPrefix("${"), let close = reference.firstIndex(of: "}") else { return nil }
        return reference[...close]
    }

    fileprivate func fileProblem(_ message: String) -> ConfigurationProblem {
        problem(.file, path: "", message, line: nil, column: nil, length: nil)
    }
}

extension [ConfigurationProblem] {
    /// In the file's order, each once.
    fileprivate func inOrder() -> [ConfigurationProblem] {
        var result: [ConfigurationProblem] = []
        let sorted = enumerated().sorted {
            ($0.element.line ?? 0, $0.element.column ?? 0, $0.offset)
                < ($1.element.line ?? 0, $1.element.column ?? 0, $1.offset)
        }
        for (_, problem) in sorted where !result.contains(problem) { result.append(problem) }
        return result
    }
}
