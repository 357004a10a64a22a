import MillraceCore

/// A partition of a topic, by name.
public struct PartitionID: Hashable, Comparable, Sendable {
    public var topic: String
    public var number: Int32

    public init(_ topic: String, _ number: Int32) {
        self.topic = topic
        self.number = number
    }

    public static func < (a: PartitionID, b: PartitionID) -> Bool { (a.topic, a.number) < (b.topic, b.number) }
}
