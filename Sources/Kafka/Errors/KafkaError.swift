internal import Crdkafka

/// What went wrong in a call to the Kafka client library or on a broker.
///
/// `message` says what was attempted, where, and what the library answered. The flags are the library's own verdict
/// where it gives one (transactional calls), and this module's knowledge of the code elsewhere.
public struct KafkaError: Error, Sendable, Equatable {
    /// What a caller may do about a failure.
    public enum Kind: String, Sendable {
        /// The same call may be made again, with the same arguments.
        case retriable
        /// The transaction in hand must be aborted; a new one may be begun.
        case abortable
        /// Another instance with the same transactional id, or a newer member of the group, has taken over. Stop.
        case fenced
        /// The outcome is unknown: the broker may have done it or not. Make the same call again until it answers, or
        /// start a new handle and read back what happened.
        case indefinite
        /// The handle is unusable: close it and make another.
        case fatal
        /// A refusal which the same call will meet again: wrong argument, missing permission, unknown topic.
        case permanent
    }

    public let code: Code
    public let message: String
    /// The same call may succeed if it is made again.
    public let isRetriable: Bool
    /// The handle can no longer be used.
    public let isFatal: Bool
    /// The transaction in hand has failed and must be aborted.
    public let needsAbort: Bool

    public init(
        code: Code, message: String, isRetriable: Bool? = nil, isFatal: Bool = false, needsAbort: Bool = false
    ) {
        self.code = code
        self.message = message
        self.isRetriable = isRetriable ?? code.isUsuallyTransient
        self.isFatal = isFatal || code == .fatal
        self.needsAbort = needsAbort
    }

    /// Another owner has taken over.
    public var isFenced: Bool {
        code == .fenced || code == .producerFenced || code == .invalidProducerEpoch || code == .fencedInstance
    }

    public var kind: Kind {
        if isFenced { return .fenced }
        if isFatal { return .fatal }
        if needsAbort { return .abortable }
        if isRetriable { return code == .timedOut || code == .localTimedOut ? .indefinite : .retriable }
        return .permanent
    }

    /// The same error, saying what was being done.
    func whileDoing(_ action: String) -> KafkaError {
        KafkaError(
            code: code, message: "\(action): \(message)", isRetriable: isRetriable, isFatal: isFatal,
            needsAbort: needsAbort)
    }
}

extension KafkaError: CustomStringConvertible {
    public var description: String { "\(code.name): \(message)" }
}

extension KafkaError {
    init(_ code: rd_kafka_resp_err_t, _ action: String) {
        self.init(code: Code(code), message: "\(action): \(String(cString: rd_kafka_err2str(code)))")
    }

    /// Takes over and destroys the library's error object.
    init(consuming error: OpaquePointer, _ action: String) {
        self.init(
            code: Code(rd_kafka_error_code(error)),
            message: "\(action): \(String(cString: rd_kafka_error_string(error)))",
            isRetriable: rd_kafka_error_is_retriable(error) != 0,
            isFatal: rd_kafka_error_is_fatal(error) != 0,
            needsAbort: rd_kafka_error_txn_requires_abort(error) != 0)
        rd_kafka_error_destroy(error)
    }

    /// Throws unless the library answered "no error".
    static func check(_ code: rd_kafka_resp_err_t, _ action: @autoclosure () -> String) throws(KafkaError) {
        guard code != RD_KAFKA_RESP_ERR_NO_ERROR else { return }
        throw KafkaError(code, action())
    }

    /// Throws when the library returned an error object.
    static func check(_ error: OpaquePointer?, _ action: @autoclosure () -> String) throws(KafkaError) {
        guard let error else { return }
        throw KafkaError(consuming: error, action())
    }

    /// The handle's own fatal error, if it has one.
    static func fatal(of handle: OpaquePointer) -> KafkaError? {
        var text = [CChar](repeating: 0, count: 512)
        let code = rd_kafka_fatal_error(handle, &text, text.count)
        guard code != RD_KAFKA_RESP_ERR_NO_ERROR else { return nil }
        return KafkaError(code: Code(code), message: String(terminated: text), isRetriable: false, isFatal: true)
    }
}

extension String {
    /// The text before the first zero byte.
    init(terminated characters: [CChar]) {
        self.init(decoding: characters.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
