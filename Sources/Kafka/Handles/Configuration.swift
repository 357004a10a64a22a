internal import Crdkafka

/// Owns a configuration until a handle takes it over.
struct Configuration: ~Copyable {
    private var pointer: OpaquePointer

    init(_ properties: [(name: String, value: String)], context: HandleContext) throws {
        pointer = rd_kafka_conf_new()
        rd_kafka_conf_set_opaque(pointer, Unmanaged.passUnretained(context).toOpaque())
        rd_kafka_conf_set_log_cb(pointer) { handle, level, facility, message in
            guard let handle, let context = HandleContext.of(rd_kafka_opaque(handle)) else { return }
            context.received(
                level: Int(level), facility: facility.map { String(cString: $0) } ?? "",
                message: message.map { String(cString: $0) } ?? "")
        }
        rd_kafka_conf_set_error_cb(pointer) { handle, code, reason, opaque in
            guard let handle, let context = HandleContext.of(opaque) else { return }
            if code == RD_KAFKA_RESP_ERR__FATAL.rawValue, let fatal = KafkaError.fatal(of: handle) {
                context.received(fatal)
            } else {
                let message = reason.map { String(cString: $0) } ?? ""
                context.received(KafkaError(code: KafkaError.Code(rawValue: code), message: message))
            }
        }
        for property in properties { try set(property.name, property.value) }
    }

    deinit { rd_kafka_conf_destroy(pointer) }

    private func set(_ name: String, _ value: String) throws {
        var text = [CChar](repeating: 0, count: 512)
        guard rd_kafka_conf_set(pointer, name, value, &text, text.count) != RD_KAFKA_CONF_OK else { return }
        // The library's words repeat the value, which may be a secret.
        let reason = ClientSettings.isSecret(name) ? "the value was refused" : String(terminated: text)
        throw KafkaError(
            code: .invalidArgument,
            message: "property \(name) of the Kafka client (librdkafka \(LibraryVersion.running)): \(reason)")
    }

    /// Gives access to the library's object, to set callbacks.
    func withPointer(_ body: (OpaquePointer) -> Void) { body(pointer) }

    /// Makes a handle, which takes over the configuration.
    consuming func makeHandle(_ type: rd_kafka_type_t) throws -> OpaquePointer {
        var text = [CChar](repeating: 0, count: 512)
        // The library takes the configuration over only if it succeeds, and destroys it with the handle. So it gets a
        // copy, and this value frees its own in either case.
        let copy = rd_kafka_conf_dup(pointer)
        guard let handle = rd_kafka_new(type, copy, &text, text.count) else {
            rd_kafka_conf_destroy(copy)
            throw KafkaError(code: .invalidArgument, message: "cannot make a Kafka client: \(String(terminated: text))")
        }
        return handle
    }
}
