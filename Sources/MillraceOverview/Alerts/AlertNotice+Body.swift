public import MillraceCore

extension AlertNotice {
    private struct Body: Encodable {
        var id: String
        var status: String
        var alert: String
        var subject: String
        var severity: AlertRule.Severity
        var pipeline: String
        var since: Timestamp
        var fired: Timestamp
        var resolved: Timestamp?
        var summary: String
        var description: String
        var next: String
        /// What chats show of an incoming webhook.
        var text: String
    }

    /// The id of the message that says it: the same however often it is told, and whoever tells it.
    public func id(pipeline: String) -> String {
        guard let resolved else { return MessageCodec.id(of: fired, pipeline: pipeline) }
        return MessageCodec.id(of: resolved, pipeline: pipeline)
    }

    /// What the webhook is sent: JSON, see docs/reference/messages.md.
    public func body(pipeline: String) throws(MessageError) -> [UInt8] {
        let head = resolved == nil ? "[\(fired.severity.rawValue)]" : "[resolved]"
        let rest = resolved == nil ? " \(fired.description) Type: \(fired.next)" : ""
        return try MessageCodec.json(
            Body(
                id: id(pipeline: pipeline), status: resolved == nil ? "firing" : "resolved", alert: fired.alert,
                subject: fired.subject, severity: fired.severity, pipeline: pipeline, since: fired.since,
                fired: fired.time, resolved: resolved?.time, summary: fired.summary, description: fired.description,
                next: fired.next, text: "\(head) \(fired.summary).\(rest)"))
    }
}
