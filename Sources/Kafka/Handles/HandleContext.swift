internal import Crdkafka
internal import Synchronization

/// What a handle's callbacks find behind the library's opaque pointer.
///
/// The log arrives on any of the library's threads; everything else arrives inside a poll of the handle's owner.
class HandleContext {
    private let log: ClientSettings.Log?
    /// Errors of the handle as a whole since they were last taken, oldest first and bounded: a cluster that stays
    /// down repeats itself.
    private var errors: [KafkaError] = []

    init(log: ClientSettings.Log?) { self.log = log }

    final func received(level: Int, facility: String, message: String) { log?.receive(level, facility, message) }

    final func received(_ error: KafkaError) {
        if errors.count < 16 { errors.append(error) }
    }

    final func takeErrors() -> [KafkaError] {
        guard !errors.isEmpty else { return [] }
        defer { errors = [] }
        return errors
    }

    static func of(_ opaque: UnsafeMutableRawPointer?) -> HandleContext? {
        opaque.map { Unmanaged<HandleContext>.fromOpaque($0).takeUnretainedValue() }
    }
}
