import Millrace

/// A message that publish has to answer, with its place in the log.
struct Inquiry {
    enum Subject {
        case trained(ModelTrained)
        case request(PublishRequest)
    }

    var record: ControlRecord
    var subject: Subject
    let cause: TraceCause?

    init(_ record: ControlRecord, _ subject: Subject) {
        cause = TraceCause(record.message.envelope, begin: .now)
        self.record = record
        self.subject = subject
    }

    var offset: Int64 { record.offset }

    var requestID: RequestID {
        RequestID(source: record.message.envelope.source, id: record.message.envelope.id)
    }

    func isSame(as other: Inquiry) -> Bool { record.arrow == other.record.arrow && offset == other.offset }
}

/// Messages of one input that wait for their answer, and how far the input is dealt with.
struct InquiryQueue {
    private var waiting: [Inquiry] = []
    private var end: Int64?

    var first: Inquiry? { waiting.first }

    /// Everything before this offset is dealt with; nil until something is read.
    var position: Int64? { waiting.first?.offset ?? end }

    /// The record at an offset was read, whatever it is.
    mutating func reached(_ offset: Int64) { end = offset + 1 }
    mutating func add(_ inquiry: Inquiry) { waiting.append(inquiry) }
    mutating func removeFirst() { waiting.removeFirst() }
}

extension PublishRequest {
    /// - Throws: `unknownType` for what is none of publish's business: transform answers the others of this topic.
    init(_ message: ReceivedMessage) throws(MessageError) {
        switch message.envelope.type {
        case PromoteRequested.type: self = .promote(try message.payload(PromoteRequested.self))
        case RollbackRequested.type: self = .rollback(try message.payload(RollbackRequested.self))
        case HoldRequested.type: self = .hold(try message.payload(HoldRequested.self))
        case ResumeRequested.type: self = .resume(try message.payload(ResumeRequested.self))
        default:
            throw MessageError(.unknownType, "expected a request about versions, found \(message.envelope.type)")
        }
    }
}
