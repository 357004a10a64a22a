import CommandLine
import Foundation
import Kafka
import Millrace
import MillraceWorker

enum DeadLettersCommand {
    static let command = Command(
        name: "dead-letters", summary: "List records that could not be handled, count them, or send them again",
        discussion: """
            Each record that could not be handled is set aside with its bytes, where it came from, and why. A record \
            that was sent aside twice is shown once. --replay sends the original bytes to the topic that they came \
            from, after the cause was mended: under their original key and timestamp, at a new offset.
            """,
        options: PipelineChoice.options + [
            .flag("summary", "Count by code and topic"),
            .value("code", .text, "Only letters of this code"),
            .value("topic", .text, valueName: "name", "Only letters from this topic"),
            .value(
                "last", .integer(1...Int.max), valueName: "n", default: "20", "The newest so many; --replay takes all"),
            .flag("bytes", "Show the record's bytes, escaped"),
            .flag("replay", "Send the letters chosen to the topic that they came from"),
            .flag("yes", short: "y", "Do not ask before a replay"),
            .json,
        ],
        examples: [
            .init("millrace dead-letters --summary", "What goes wrong, and how often?"),
            .init("millrace dead-letters --code bad-json --bytes", "Look at the newest such records"),
            .init("millrace dead-letters --code future --replay --yes", "Send them again"),
        ],
        exitCodes: .broker,
        run: action { arguments in
            if arguments.flag("replay"), arguments.flag("summary") {
                throw UsageError(
                    .conflict, "Expected one of --summary and --replay, found both.", advice: "Leave one of them out.")
            }
            let connection = try PipelineChoice.connect(arguments)
            var letters = try DeadLetterReader(connection).all()
            if let code = arguments.textIfGiven("code") { letters.removeAll { $0.code != code } }
            if let topic = arguments.textIfGiven("topic") { letters.removeAll { $0.topic != topic } }
            if arguments.flag("summary") {
                try summarise(letters, arguments)
            } else if arguments.flag("replay") {
                return try DeadLetterReplay(connection).run(letters, arguments)
            } else {
                try list(Array(letters.suffix(arguments.integer("last"))), arguments)
            }
            return .success
        })

    private static func none(_ arguments: Arguments) -> String {
        let chosen = [("of code", "code"), ("from topic", "topic")].compactMap { words, option in
            arguments.textIfGiven(option).map { " \(words) '\($0)'" }
        }
        let advice =
            arguments.flag("summary") ? " Without the filter all are counted." : " --summary counts those of all codes."
        return "No dead letters\(chosen.joined())." + (chosen.isEmpty ? "" : advice)
    }

    private static func summarise(_ letters: [DeadLetter], _ arguments: Arguments) throws {
        struct Group: Encodable {
            var code: String
            var stage: String
            var topic: String
            var count: Int
            var example: String
        }
        var groups: [String: Group] = [:]
        for letter in letters {
            groups[
                "\(letter.code)/\(letter.stage.rawValue)/\(letter.topic)",
                default: Group(
                    code: letter.code, stage: letter.stage.rawValue, topic: letter.topic, count: 0,
                    example: letter.message)
            ].count += 1
        }
        let sorted = groups.values.sorted { ($1.count, $0.code, $0.topic) < ($0.count, $1.code, $1.topic) }
        if arguments.flag("json") {
            arguments.console.print(try CodableText.pretty(sorted))
            return
        }
        guard !sorted.isEmpty else { return arguments.console.print(none(arguments)) }
        var table = Table(["COUNT", "CODE", "STAGE", "TOPIC", "EXAMPLE"])
        for group in sorted {
            table.add(
                .init(Human.grouped(group.count)), .init(group.code), .init(group.stage), .init(group.topic),
                .init(group.example))
        }
        arguments.console.print(table)
    }

    private static func list(_ letters: [DeadLetter], _ arguments: Arguments) throws {
        if arguments.flag("json") {
            arguments.console.print(.array(letters.map(json)))
            return
        }
        guard !letters.isEmpty else { return arguments.console.print(none(arguments)) }
        if arguments.flag("bytes") {
            for letter in letters {
                arguments.console.print(
                    "\(letter.topic)/\(letter.partition)@\(letter.offset) \(letter.code): \(letter.message)")
                arguments.console.print("  key   " + escaped(letter.key))
                arguments.console.print("  value " + escaped(letter.value))
            }
            return
        }
        var table = Table(["CODE", "STAGE", "TOPIC", "PARTITION", "OFFSET", "TIME", "MESSAGE"])
        for letter in letters {
            let time = letter.timestampMilliseconds.flatMap { Timestamp(milliseconds: $0) }.map(\.description) ?? "-"
            table.add(
                .init(letter.code), .init(letter.stage.rawValue), .init(letter.topic), .init(String(letter.partition)),
                .init(String(letter.offset)), .init(time), .init(letter.message))
        }
        arguments.console.print(table)
    }

    private static func json(_ letter: DeadLetter) -> OrderedJSON {
        [
            "topic": .text(letter.topic), "partition": .integer(letter.partition),
            "offset": .integer(Int(letter.offset)),
            "timestamp": .integer(orNull: letter.timestampMilliseconds.map { Int($0) }),
            "stage": .text(letter.stage.rawValue), "code": .text(letter.code), "message": .text(letter.message),
            "key": .text(orNull: letter.key.map { _ in escaped(letter.key) }),
            "value": .text(orNull: letter.value.map { _ in escaped(letter.value) }), "cut": .bool(letter.isCut),
        ]
    }

    /// Printable ASCII as it is, everything else as `\xNN`: what is shown can neither hide nor move the cursor.
    static func escaped(_ bytes: [UInt8]?) -> String {
        guard let bytes else { return "(none)" }
        var text = ""
        for byte in bytes.prefix(4096) {
            if byte == 92 {
                text += "\\\\"
            } else if (32..<127).contains(byte) {
                text.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                let digits = String(byte, radix: 16)
                text += "\\x" + (digits.count == 1 ? "0" : "") + digits
            }
        }
        return bytes.count > 4096 ? text + "… (\(bytes.count) bytes)" : text
    }
}
