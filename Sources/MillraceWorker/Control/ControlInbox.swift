import Kafka
import Millrace

/// What is read and not yet handed to the handler, in the order of each input.
struct ControlInbox {
    enum Entry {
        case record(ControlRecord)
        /// It cannot be understood: its turn comes all the same, so that its position is dealt with in order.
        case unreadable(Arrow, Message, MessageError)

        var arrow: Arrow {
            switch self {
            case .record(let record): record.arrow
            case .unreadable(let arrow, _, _): arrow
            }
        }
    }

    private var entries: [Entry] = []

    var isEmpty: Bool { entries.isEmpty }

    mutating func add(_ message: Message, of arrow: Arrow) {
        do throws(MessageError) {
            entries.append(.record(try ControlRecord(message, of: arrow)))
        } catch {
            entries.append(.unreadable(arrow, message, error))
        }
    }

    /// The next of an input that is not paused.
    mutating func next(passing paused: Set<Arrow>) -> Entry? {
        guard let index = entries.firstIndex(where: { !paused.contains($0.arrow) }) else { return nil }
        return entries.remove(at: index)
    }
}

extension ControlRecord {
    init(_ message: Message, of arrow: Arrow) throws(MessageError) {
        try self.init(
            arrow: arrow, offset: message.offset, timestampMilliseconds: message.timestampMilliseconds,
            headers: message.headers.map(OutgoingRecord.Header.init), value: message.value)
    }
}
