import Testing

@testable import Kafka

@Suite struct MemberAssignmentTests {
    private static let bytes: [UInt8] =
        [0, 1, 0, 0, 0, 2]
        + [0, 1, 0x61, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 1, 2]
        + [0, 2, 0xC3, 0xA9, 0, 0, 0, 1, 0, 0, 0, 3]
        + [0, 0, 0, 1, 9]

    private func partitions(_ bytes: some Sequence<UInt8>) -> [TopicPartition]? {
        Array(bytes).withUnsafeBytes { MemberAssignment($0)?.partitions }
    }

    @Test func topicsAndPartitionsAreReadAndTheAssignorsOwnDataPassedOver() {
        #expect(
            partitions(Self.bytes) == [TopicPartition("a", 0), TopicPartition("a", 258), TopicPartition("é", 3)])
        #expect(partitions(Self.bytes.dropLast(5))?.count == 3)
        #expect(partitions([0, 0, 0, 0, 0, 0]) == [])
    }

    @Test func aMemberThatHasBeenGivenNothingHasNoAssignment() {
        #expect(partitions([]) == nil)
    }

    @Test func bytesThatEndTooSoonAreNoAssignment() {
        for count in 0..<Self.bytes.count - 5 { #expect(partitions(Self.bytes.prefix(count)) == nil) }
    }

    @Test func anyBytesAreReadOrRefused() {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<20_000 {
            var bytes = Self.bytes
            for _ in 0..<Int.random(in: 1...4) {
                bytes[.random(in: 0..<bytes.count)] = .random(in: 0...255, using: &generator)
            }
            let found = partitions(bytes.prefix(.random(in: 0...bytes.count)))
            #expect(found?.count ?? 0 <= bytes.count)
        }
    }
}
