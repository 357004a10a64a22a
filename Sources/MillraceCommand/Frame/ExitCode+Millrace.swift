import CommandLine

extension ExitCode {
    /// No broker answers, or no run of an embedded pipeline is alive.
    static let unreachable = ExitCode(rawValue: 3)
    /// The pipeline file has mistakes.
    static let configuration = ExitCode(rawValue: 4)
    /// A request was sent, and nothing answered it in the time given.
    static let unanswered = ExitCode(rawValue: 5)
}

extension [ExitCode.Meaning] {
    /// Of commands that read a pipeline file.
    static let pipeline: [ExitCode.Meaning] = [
        .init(.configuration, "The pipeline file has mistakes; each is on standard error with its line")
    ]

    /// Of commands that also talk to the pipeline's brokers.
    static let broker: [ExitCode.Meaning] =
        pipeline + [.init(.unreachable, "No broker answers, or no run of an embedded pipeline is alive")]

    /// Of commands that send a request and wait for its answer.
    static let request: [ExitCode.Meaning] =
        broker + [
            .init(.failure, "The request was refused, or the command failed; the reason is on standard error"),
            .init(.unanswered, "The request was sent, but nothing answered it in time"),
        ]
}
