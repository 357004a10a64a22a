internal import Crdkafka

/// A member's place in its group at one moment: group, member id and generation.
///
/// Taken at each assignment, and kept with the work begun under it. A transaction that commits offsets with it is
/// refused once the group has moved on; with metadata fetched later, the broker would accept a commit for a partition
/// that belongs to another member by now.
///
/// `@unchecked Sendable`: the library's object is never changed after its creation.
public final class GroupMetadata: @unchecked Sendable {
    let pointer: OpaquePointer

    init(owning pointer: OpaquePointer) { self.pointer = pointer }

    /// The present place of the member behind a handle.
    convenience init?(of handle: OpaquePointer) {
        guard let pointer = rd_kafka_consumer_group_metadata(handle) else { return nil }
        self.init(owning: pointer)
    }

    deinit { rd_kafka_consumer_group_metadata_destroy(pointer) }
}
