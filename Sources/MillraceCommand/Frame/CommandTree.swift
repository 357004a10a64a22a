import CommandLine

/// All commands, in the order in which the help lists them: from a first file to daily operation.
enum CommandTree {
    static let root = Command(
        name: "millrace",
        summary: "Continuous training from Kafka: windows, features, retraining, gate, releases",
        discussion: """
            A pipeline is declared in one YAML file. Commands find it by -f, by the variable MILLRACE_PIPELINE, or as \
            the only pipeline file of the current folder.

            Start here:
              millrace init                  write a pipeline file to begin with
              millrace check pipeline.yaml   find its mistakes before it runs
              millrace run                   start the worker
              millrace status                say what it does, what holds it up, and what to type next
            """,
        options: [.quiet, .color],
        subcommands: [
            InitCommand.command, CheckCommand.command, SchemaCommand.command,
            RunCommand.command, SimulateCommand.command, ProduceCommand.command, StatusCommand.command,
            AlertsCommand.command,
            RetrainCommand.command, BacktestCommand.command, ReproduceCommand.command, LagCommand.command,
            RunsCommand.command,
            ModelsCommand.command,
            PromoteCommand.command, RollbackCommand.command, HoldCommand.command, ResumeCommand.command,
            QuarantineCommand.command, DeadLettersCommand.command, AuditCommand.command, ObserveCommand.command,
            MetricsCommand.command,
            VersionCommand.command,
        ])
}
