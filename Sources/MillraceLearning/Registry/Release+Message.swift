public import MillraceCore

extension Release {
    /// The release that a message of `releases` says; nil for a type that is none.
    public init?(_ message: ReceivedMessage) throws(MessageError) {
        switch message.envelope.type {
        case ModelPublished.type: self = .published(try message.payload(ModelPublished.self).verdict)
        case ModelRejected.type: self = .rejected(try message.payload(ModelRejected.self).verdict)
        case ModelInconclusive.type: self = .inconclusive(try message.payload(ModelInconclusive.self).verdict)
        case ModelAwaitingApproval.type:
            self = .awaitingApproval(try message.payload(ModelAwaitingApproval.self).verdict)
        case ModelRolledBack.type: self = .rolledBack(try message.payload(ModelRolledBack.self).verdict)
        case RequestRefused.type: self = .refused(try message.payload(RequestRefused.self))
        case PromotionHeld.type: self = .held(try message.payload(PromotionHeld.self))
        case PromotionResumed.type: self = .resumed(try message.payload(PromotionResumed.self))
        default: return nil
        }
    }

    /// The `ce_id` that the record has.
    public func id(pipeline: String) -> String {
        MessageCodec.id(type: Swift.type(of: payload).type, identity: payload.identity, pipeline: pipeline)
    }
}
