/// Takes partitions over and gives them up. Called inside `Consumer.poll` and `Consumer.close`, on their thread.
public protocol RebalanceHandler: AnyObject {
    /// Partitions have been assigned. The handler may block (within `maximumPollInterval`) and says where to start
    /// each; one it leaves out starts at the committed offset. An error thrown here leaves nothing assigned, and is
    /// thrown again by the poll.
    ///
    /// - Parameter metadata: to be kept with the work begun under this assignment.
    func assigned(_ partitions: [TopicPartition], metadata: GroupMetadata) throws -> [PartitionStart]

    /// Partitions are to be given up. The handler finishes or aborts the transaction in hand and drops what it holds of
    /// them before it returns; afterwards they belong to another member. When they are `lost` they already do: drop,
    /// and commit nothing.
    func revoked(_ partitions: [TopicPartition], lost: Bool)
}
