import Compression
import Foundation
import Testing

/// A file of its own for each test, removed with the value.
final class ScratchFile {
    let path: String

    init(_ ending: String = "", _ bytes: [UInt8]? = nil) throws {
        path = NSTemporaryDirectory() + "/millrace-compression-" + UUID().uuidString + ending
        if let bytes { try Data(bytes).write(to: URL(fileURLWithPath: path)) }
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func bytes() throws -> [UInt8] { Array(try Data(contentsOf: URL(fileURLWithPath: path))) }
}

/// A seeded generator, so that a failure comes back.
struct Dice: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

/// Takes the scratch file itself, which then lives as long as it is read.
func readAll(_ file: ScratchFile, piece: Int = 4096) throws -> [UInt8] {
    try withExtendedLifetime(file) { try readAll(path: file.path, piece: piece) }
}

func readAll(path: String, piece: Int = 4096) throws -> [UInt8] {
    let reader = try ByteReader(path: path)
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: piece, alignment: 1)
    defer { buffer.deallocate() }
    var all: [UInt8] = []
    while true {
        let count = try reader.read(into: buffer)
        if count == 0 { return all }
        all.append(contentsOf: buffer[..<count])
    }
}

func write(_ bytes: [UInt8], to path: String, _ format: CompressionFormat, pieces: Int) throws {
    let writer = try ByteWriter(path: path, format: format)
    var rest = bytes[...]
    while !rest.isEmpty {
        try rest.prefix(pieces).withUnsafeBytes { try writer.write($0) }
        rest = rest.dropFirst(pieces)
    }
    try writer.finish()
}

/// Text that packs well in part, longer than every buffer on the way.
func material(_ count: Int, seed: UInt64) -> [UInt8] {
    var dice = Dice(state: seed)
    return (0..<count).map { index in
        index % 7 == 0 ? UInt8.random(in: 0...255, using: &dice) : UInt8(truncatingIfNeeded: index / 50)
    }
}

@Suite struct RoundTrips {
    @Test(arguments: CompressionFormat.allCases, [0, 1, 3, 131_072, 700_001])
    func whatWasWrittenIsRead(_ format: CompressionFormat, _ count: Int) throws {
        let file = try ScratchFile()
        let bytes = material(count, seed: 1)
        try write(bytes, to: file.path, format, pieces: 1 + count / 5)
        #expect(try readAll(file) == bytes)
        if count > 3 { #expect(try ByteReader(path: file.path).format == format) }
    }

    @Test(arguments: [CompressionFormat.gzip, .zstd])
    func packingMakesSmaller(_ format: CompressionFormat) throws {
        let file = try ScratchFile()
        try write(material(500_000, seed: 2), to: file.path, format, pieces: 1000)
        #expect(try file.bytes().count < 250_000)
    }

    @Test(arguments: [CompressionFormat.gzip, .zstd])
    func filesSetOneAfterTheOtherReadAsOne(_ format: CompressionFormat) throws {
        let (one, both) = (try ScratchFile(), try ScratchFile())
        let bytes = material(90_000, seed: 3)
        try write(bytes, to: one.path, format, pieces: 90_000)
        let packed = try one.bytes()
        try Data(packed + packed + (format == .gzip ? [0, 0, 0] : [])).write(to: URL(fileURLWithPath: both.path))
        #expect(try readAll(both) == bytes + bytes)
    }

    @Test(
        arguments: [("gzip", CompressionFormat.gzip), ("zstd", .zstd)])
    func theUsualProgramsReadWhatWeWriteAndWeReadTheirs(_ program: String, _ format: CompressionFormat) throws {
        let path = "/usr/bin/" + program
        // Both come with every distribution; where one is missing there is nothing to compare with.
        guard FileManager.default.isExecutableFile(atPath: path) else { return }
        let bytes = material(300_000, seed: 4)
        let ours = try ScratchFile(format == .gzip ? ".gz" : ".zst")
        try write(bytes, to: ours.path, format, pieces: 777)
        #expect(try run(path, ["-dc", ours.path]) == bytes)
        let plain = try ScratchFile("", bytes)
        let theirs = try ScratchFile("", run(path, ["-c", plain.path]))
        #expect(try readAll(theirs) == bytes)
    }

    @Test func theEndingOfANameChoosesTheFormat() throws {
        #expect(CompressionFormat(ending: "a.csv.gz") == .gzip)
        #expect(CompressionFormat(ending: "a.csv.zst") == .zstd)
        #expect(CompressionFormat(ending: "a.csv") == .plain)
        let file = try ScratchFile(".zst")
        let writer = try ByteWriter(path: file.path)
        try writer.write("hello\n")
        try writer.finish()
        #expect(writer.format == .zstd)
        #expect(try readAll(file) == Array("hello\n".utf8))
    }

    private func run(_ path: String, _ arguments: [String]) throws -> [UInt8] {
        let process = Process()
        let pipe = Pipe()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        process.standardOutput = pipe
        try process.run()
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        return Array(data)
    }
}

@Suite struct Damage {
    @Test(arguments: [CompressionFormat.gzip, .zstd])
    func everyCutIsNoticed(_ format: CompressionFormat) throws {
        let whole = try ScratchFile()
        try write(material(3000, seed: 5), to: whole.path, format, pieces: 3000)
        let packed = try whole.bytes()
        for length in 4..<packed.count {
            let cut = try ScratchFile("", Array(packed[..<length]))
            let error = #expect(throws: CompressionError.self, "cut to \(length) of \(packed.count)") {
                try readAll(cut)
            }
            #expect(error?.code == .truncated)
            #expect(error?.position == length)
            #expect(error?.file == cut.path)
        }
    }

    @Test(arguments: [CompressionFormat.gzip, .zstd])
    func changedBytesNeverGiveOtherText(_ format: CompressionFormat) throws {
        let whole = try ScratchFile()
        let bytes = material(4000, seed: 6)
        try write(bytes, to: whole.path, format, pieces: 4000)
        let packed = try whole.bytes()
        var dice = Dice(state: 7)
        var refused = 0
        for _ in 0..<400 {
            var changed = packed
            changed[Int.random(in: 4..<packed.count, using: &dice)] ^= UInt8.random(in: 1...255, using: &dice)
            let file = try ScratchFile("", changed)
            do {
                // gzip's header has bytes without meaning (time, system): those may change, the text may not.
                #expect(try readAll(file) == bytes)
            } catch let error as CompressionError {
                refused += 1
                #expect(error.code == .corrupt || error.code == .truncated)
                #expect((0...packed.count).contains(error.position))
            }
        }
        #expect(refused > 350)
    }

    @Test func noiseBehindAMagicNumberIsRefused() throws {
        var dice = Dice(state: 8)
        for magic: [UInt8] in [[0x1F, 0x8B], [0x28, 0xB5, 0x2F, 0xFD]] {
            for _ in 0..<300 {
                let noise = (0..<Int.random(in: 4...600, using: &dice)).map { _ in
                    UInt8.random(in: 0...255, using: &dice)
                }
                let file = try ScratchFile("", magic + noise)
                #expect(throws: CompressionError.self) { try readAll(file) }
            }
        }
    }

    @Test func dataAfterAGzipStreamThatAreNoGzipAreRefused() throws {
        let file = try ScratchFile()
        try write(material(100, seed: 9), to: file.path, .gzip, pieces: 100)
        let packed = try file.bytes()
        let longer = try ScratchFile("", packed + Array("extra".utf8))
        let error = #expect(throws: CompressionError.self) { try readAll(longer) }
        #expect(error?.code == .corrupt)
        #expect(error?.position == packed.count)
    }

    @Test func aMissingFileIsNamed() throws {
        let error = #expect(throws: CompressionError.self) { try ByteReader(path: "/nowhere/events.csv") }
        #expect(error?.code == .cannotOpen)
        #expect("\(error!)".contains("/nowhere/events.csv"))
        #expect(throws: CompressionError.self) { try ByteWriter(path: "/nowhere/events.csv") }
    }

    @Test func aFolderIsNotRead() throws {
        let error = #expect(throws: CompressionError.self) { try readAll(path: NSTemporaryDirectory()) }
        #expect(error?.code == .cannotRead)
    }

    @Test func anUnfinishedFileSaysSo() throws {
        let file = try ScratchFile(".gz")
        do {
            let writer = try ByteWriter(path: file.path)
            try material(400_000, seed: 10).withUnsafeBytes { try writer.write($0) }
        }
        #expect(throws: CompressionError.self) { try readAll(file) }
    }
}

@Suite struct Lines {
    private func lines(_ file: ScratchFile, longest: Int = 1 << 24) throws -> [String] {
        defer { withExtendedLifetime(file) {} }
        let reader = try LineReader(path: file.path, longestLine: longest)
        var lines: [String] = []
        while let line = try reader.next() {
            lines.append(String(decoding: line, as: UTF8.self))
            #expect(reader.lineNumber == lines.count)
        }
        return lines
    }

    @Test func linesEndWithNewlinesOrWithBothOrWithTheFile() throws {
        let file = try ScratchFile("", Array("one\r\ntwo\n\n\nlast".utf8))
        #expect(try lines(file) == ["one", "two", "", "", "last"])
        #expect(try lines(ScratchFile("", [])) == [])
        #expect(try lines(ScratchFile("", [10])) == [""])
        #expect(try lines(ScratchFile("", Array("a\n".utf8))) == ["a"])
    }

    @Test(arguments: CompressionFormat.allCases)
    func linesOfEveryLengthComeBackWhole(_ format: CompressionFormat) throws {
        var dice = Dice(state: 11)
        let texts = (0..<2000).map { index in
            // A few are longer than the reader's first buffer.
            let length = index % 700 == 699 ? 1_500_000 : Int.random(in: 0...3000, using: &dice)
            return String(repeating: Character(UnicodeScalar(UInt8.random(in: 97...122, using: &dice))), count: length)
        }
        let file = try ScratchFile()
        try write(Array((texts.joined(separator: "\n") + "\n").utf8), to: file.path, format, pieces: 100_000)
        #expect(try lines(file) == texts)
    }

    @Test func aLineTooLongIsRefusedWithItsPlace() throws {
        let file = try ScratchFile("", Array("short\n".utf8) + Array(repeating: 0x61, count: 5_000_000))
        let error = #expect(throws: CompressionError.self) { try lines(file, longest: 1_000_000) }
        #expect(error?.code == .lineTooLong)
        #expect(error?.position == 6)
    }
}
