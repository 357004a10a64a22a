import Foundation
import Millrace
import Testing

@Suite struct ChecksumTests {
    @Test func `Checksums agree with the published examples of SHA-256`() {
        #expect(Checksum(of: "").description == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        #expect(Checksum(of: "abc").description == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    }

    @Test func `Bytes taken in pieces give the checksum of the whole`() throws {
        let bytes = (0..<10_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        var hasher = ChecksumHasher()
        hasher.update(Array(bytes[..<17]))
        hasher.update([])
        hasher.update(Array(bytes[17...]))
        let pieces = hasher.finish()
        #expect(pieces == Checksum(of: bytes))
        let path = NSTemporaryDirectory() + "checksum-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        #expect(try Checksum(ofFile: path) == pieces)
    }

    @Test func `A checksum survives text and JSON`() throws {
        let sum = Checksum(of: "millrace")
        #expect(Checksum(sum.description.uppercased()) == sum)
        #expect(Checksum("12") == nil)
        #expect(try JSONDecoder().decode([Checksum].self, from: JSONEncoder().encode([sum])) == [sum])
    }

    @Test func `Keyed hashes agree with RFC 4231`() {
        let sum = Checksum.keyed(Array("Jefe".utf8), of: Array("what do ya want for nothing?".utf8))
        #expect(sum.description == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
    }

    @Test func `A missing file is named in the error`() {
        let error = #expect(throws: FileError.self) { try Checksum(ofFile: "/nonexistent/file") }
        #expect(error?.code == .notFound)
        #expect(error?.message == "cannot read /nonexistent/file: No such file or directory")
    }
}
