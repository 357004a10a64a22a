import CommandLine
import Kafka
import Millrace
import MillraceWorker

/// Runs a command's body and says its errors with the exit code that is documented for them.
func action(_ body: @escaping @Sendable (Arguments) async throws -> ExitCode) -> Command.Action {
    { arguments in
        do {
            return try await body(arguments)
        } catch let error as ConfigurationError {
            throw CommandFailure(error.description, exitCode: .configuration)
        } catch let error as OperationsError {
            throw CommandFailure(error.message, exitCode: error.exitCode)
        } catch let error as KafkaError {
            throw CommandFailure(error.description, exitCode: error.isUnreachable ? .unreachable : .failure)
        }
    }
}

extension OperationsError {
    var exitCode: ExitCode {
        switch code {
        case .noRun, .unreachable: .unreachable
        case .unanswered: .unanswered
        case .refused, .notFound, .damaged: .failure
        }
    }
}

extension KafkaError {
    /// Nobody answered, or nobody let us in: there is nothing to be read or written.
    var isUnreachable: Bool {
        [.transport, .allBrokersDown, .localTimedOut, .timedOut, .authentication].contains(code)
    }
}
