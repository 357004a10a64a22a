import CommandLine

/// The program's own stop signal, raised by SIGINT and SIGTERM. The worker has one of the same name, which it is told of.
typealias InterruptSignal = StopSignal
