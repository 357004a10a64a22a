import CommandLine
import Foundation
import Kafka
import Millrace
import MillraceWorker

/// Sends dead letters again to where they came from.
struct DeadLetterReplay {
    private let connection: PipelineConnection

    init(_ connection: PipelineConnection) { self.connection = connection }

    func run(_ letters: [DeadLetter], _ arguments: Arguments) throws -> ExitCode {
        let console = arguments.console
        // A reference holds no bytes, and a letter that was cut is not the record.
        let whole = letters.filter { $0.value != nil && !$0.isCut }
        if whole.count < letters.count {
            console.warn(
                "\(Human.grouped(letters.count - whole.count)) letters hold no bytes or cut ones and stay: read those "
                    + "from their own topic and offset")
        }
        guard !whole.isEmpty else {
            console.print("Nothing to send.")
            return .success
        }
        let topics = Set(whole.map(\.topic)).sorted()
        if !arguments.flag("yes") {
            guard isatty(STDIN_FILENO) == 1 else {
                throw UsageError(
                    .missingOption,
                    "Expected --yes to send \(whole.count) records to \(topics.joined(separator: ", ")), found nothing.",
                    advice: "Without a terminal nobody can be asked.")
            }
            console.note("Send \(Human.grouped(whole.count)) records to \(topics.joined(separator: ", "))? [y/N]")
            guard readLine()?.lowercased().hasPrefix("y") == true else { return .failure }
        }
        let producer = try Producer(settings: connection.settings(for: "replay"))
        defer { producer.close() }
        for letter in whole {
            try producer.send(
                to: letter.topic, partition: Int32(letter.partition), key: letter.key, value: letter.value,
                headers: letter.headers.map { Header($0.name, $0.value) },
                timestampMilliseconds: letter.timestampMilliseconds)
        }
        try producer.flush()
        try producer.takeReport().check()
        console.print("Sent \(Human.grouped(whole.count)) records to \(topics.joined(separator: ", ")).")
        return .success
    }
}
