import CommandLine
import Foundation
import HTTPServer
import Millrace
import MillraceWorker

enum RunCommand {
    static let command = Command(
        name: "run", summary: "Run the worker until SIGINT or SIGTERM",
        discussion: """
            Runs the pipeline's roles (ingest, transform, train, publish, observe), each on a thread of its own; --roles runs \
            some of them, and other processes may run the others, on this machine or elsewhere. Control topics that \
            are missing are created.

            At the first SIGINT or SIGTERM every role finishes or gives up what it has in hand and the process ends \
            within ten seconds. Nothing is lost by any way of stopping it: the next run reads the topics and goes on \
            from what they say. A second signal ends the process at once. At SIGHUP the pipeline file is read again and \
            its log.level taken over, nothing else of it, and the files of http.certificate are read again.
            """,
        options: [
            PipelineChoice.option, PipelineChoice.brokers,
            .value(
                "roles", .text, valueName: "role,…", default: Role.allCases.map(\.rawValue).joined(separator: ","),
                "The roles to run"),
            .value(
                "instance", .text, valueName: "name", default: "0", environment: "MILLRACE_INSTANCE",
                "A name for this process: stable over its restarts, different from other processes of the pipeline"),
            .value(
                "embedded-partitions", .integer(1...64), valueName: "n", default: "4",
                "Partitions of each source topic of the embedded broker"),
            .value(
                "http", .text, valueName: "address",
                "Where health, metrics, API and dashboard are served: host:port, or a port of 127.0.0.1 (0 for any that is free); otherwise the file's http.listen, or 127.0.0.1:8710"
            ),
            .flag("no-http", "Serve nothing over HTTP"),
            .value(
                "log-format", .choice(Log.Format.allCases.map(\.rawValue)), environment: "MILLRACE_LOG_FORMAT",
                "How log lines are written, to standard error; otherwise the file's log.format, or text"),
            .value(
                "log-level", .choice(Log.Level.allCases.map(\.rawValue)), environment: "MILLRACE_LOG_LEVEL",
                "The least level that is logged; otherwise the file's log.level, or info"),
        ],
        examples: [
            .init("millrace run", "The only pipeline file of this folder, all roles"),
            .init("millrace run -f fraud.yaml --roles ingest,transform --instance a", "Two roles, as instance 'a'"),
            .init("millrace run --http 9000", "Pages, API and metrics on http://127.0.0.1:9000"),
            .init("millrace run --log-format json 2>> worker.log", "One JSON object a log line"),
            .init("kill -HUP $(pidof millrace)", "After an edit of log.level: log more, or less, without a restart"),
        ],
        exitCodes: .broker + [.init(.success, "Stopped by a signal, in order")],
        run: action { arguments in
            let file = try PipelineChoice.load(arguments)
            var pipeline = file.pipeline
            if let brokers = arguments.textIfGiven("brokers") { pipeline.kafka.brokers = brokers }
            pipeline.http.listen = try listen(arguments) ?? pipeline.http.listen
            var options = Worker.Options()
            options.roles = try roles(arguments.text("roles"))
            options.instance = try instance(arguments.text("instance"))
            options.version = MillraceVersion.text
            options.embeddedPartitions = arguments.integer("embedded-partitions")
            let level = arguments.textIfGiven("log-level").flatMap(Log.Level.init) ?? pipeline.log.level ?? .info
            let format = arguments.textIfGiven("log-format").flatMap(Log.Format.init) ?? pipeline.log.format ?? .text
            let log = Log(level: level, format: format)
            log.hide(pipeline.secrets)

            let signal = InterruptSignal.installed()
            let stop = MillraceWorker.StopSignal()
            Task.detached {
                _ = await signal.wait()
                stop.set()
            }
            do {
                let worker = Worker(pipeline: pipeline, options: options, log: log)
                let pages = try WebService.start(worker, pipeline: pipeline, options: options, log: log)
                defer { pages?.stop() }
                let reload = ReloadSignal(closed: { signal.request() }) {
                    takeLevel(fromFile: file.path, otherwise: level, log)
                    pages?.renewCertificate()
                }
                defer { withExtendedLifetime(reload) {} }
                try worker.run(until: stop)
            } catch let error as WorkerError {
                throw CommandFailure(error.message, exitCode: error.code == .unreachable ? .unreachable : .failure)
            }
            return .success
        })

    private static func listen(_ arguments: Arguments) throws(UsageError) -> HTTPSettings.Listen? {
        if arguments.flag("no-http") {
            guard arguments.textIfGiven("http") == nil else {
                throw UsageError(
                    .conflict, "Expected one of --http and --no-http, found both.", advice: "Leave one of them out.")
            }
            return .off
        }
        guard let text = arguments.textIfGiven("http") else { return nil }
        guard let address = ListenAddress(text) else {
            throw UsageError(
                .invalidValue, "--http: expected host:port such as 127.0.0.1:8710, or a port, found '\(text)'.")
        }
        return .at(address)
    }

    private static func takeLevel(fromFile path: String, otherwise first: Log.Level, _ log: Log) {
        do {
            let file = try PipelineFile.load(path: path)
            let level = file.pipeline.log.level ?? first
            log.setLevel(level)
            // At any level, so that whoever asked sees it.
            log.log(max(level, .info), "worker", "read the pipeline file again", ["log.level": level.rawValue])
        } catch {
            log.error(
                "worker", "the pipeline file has mistakes: nothing of it was taken over",
                ["mistakes": error.problems.map(\.message).joined(separator: "; ")])
        }
    }

    static func roles(_ text: String) throws(UsageError) -> Set<Role> {
        var roles: Set<Role> = []
        for word in text.split(separator: ",") {
            let name = word.trimmingCharacters(in: .whitespaces)
            guard let role = Role(rawValue: name) else {
                throw UsageError(
                    .invalidValue, "--roles: expected names of roles, found '\(name)'.",
                    advice: "Roles: " + Role.allCases.map(\.rawValue).joined(separator: ", ") + ".")
            }
            roles.insert(role)
        }
        guard !roles.isEmpty else {
            throw UsageError(
                .invalidValue, "--roles: expected at least one role, found none.",
                advice: "Roles: " + Role.allCases.map(\.rawValue).joined(separator: ", ") + ".")
        }
        return roles
    }

    /// It becomes part of file names and of transactional ids.
    private static func instance(_ text: String) throws(UsageError) -> String {
        let isPlain = text.utf8.allSatisfy {
            (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0) || $0 == 45 || $0 == 95
        }
        guard isPlain, !text.isEmpty, text.count <= 40 else {
            throw UsageError(
                .invalidValue, "--instance: expected 1 to 40 letters, digits, '-' or '_', found '\(text)'.")
        }
        return text
    }
}
