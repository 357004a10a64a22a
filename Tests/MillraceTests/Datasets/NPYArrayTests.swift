import Foundation
import Testing

import Millrace
@testable import MillraceCore

struct NPYArrayTests {
    static let samples: [NPYArray] = [
        NPYArray([1.5, .nan, -0.0, 1e300, 2, 3], columns: 3), NPYArray([Double](), columns: 4),
        NPYArray([Int64.min, 0, .max]), NPYArray([Int8(-1), 0, 1]), NPYArray([Int64]()),
        NPYArray(texts: DatasetTests.events(day: 0, rows: 9).values[2]),
    ]

    @Test(arguments: samples) func `an array survives its file`(_ array: NPYArray) throws {
        let decoded = try NPYArray(decoding: array.encoded, name: "a")
        #expect(decoded == array)
        #expect((array.encoded.count - array.data.count) % 64 == 0)
    }

    @Test func `a text longer than the longest is written as its checksum`() throws {
        var column = CellColumn()
        column.append(text: Array(repeating: 97, count: 300)[...])
        column.append(text: Array("b".utf8)[...])
        let texts = try #require(NPYArray(texts: column).texts)
        #expect(texts.text(0) == "sha256:\(Checksum(of: Array(repeating: UInt8(97), count: 300)))")
        #expect(texts.text(1) == "b")
    }

    @Test func `no bytes crash the reader, and none that it takes are misread`() throws {
        var generator = SeededGenerator(seed: 7)
        for sample in Self.samples {
            let file = sample.encoded
            for _ in 0..<2000 {
                var bytes = file
                for _ in 0..<Int.random(in: 1...4, using: &generator) {
                    switch Int.random(in: 0..<3, using: &generator) {
                    case 0 where !bytes.isEmpty:
                        bytes[Int.random(in: 0..<min(bytes.count, 140), using: &generator) % bytes.count] =
                            .random(in: 0...255, using: &generator)
                    case 1 where !bytes.isEmpty: bytes.removeLast(Int.random(in: 1...bytes.count, using: &generator))
                    default:
                        bytes.insert(
                            .random(in: 0...255, using: &generator),
                            at: Int.random(in: 0...bytes.count, using: &generator))
                    }
                }
                guard let array = try? NPYArray(decoding: bytes, name: "fuzz") else { continue }
                #expect(array.data.count == array.shape.reduce(1, *) * array.type.size)
            }
        }
    }

    // Needs python3 with NumPy on the PATH (`pip install numpy`); skipped without.
    @Test(.enabled(if: hasNumPy)) func `NumPy opens every file, mapped, with the same values`() throws {
        try DatasetTests.withFolder { folder in
            let store = DatasetStore(folder: folder)
            let files = try store.write(DatasetTests.content(day: 1, rows: 10))
            let path = DurableFile.folder(of: "\(folder)/\(files[0].path)")
            let script = """
                import numpy, sys
                f = numpy.load("\(path)/features.npy", mmap_mode="r")
                t = numpy.load("\(path)/times.npy", mmap_mode="r")
                c = numpy.load("\(path)/column-customer.npy", mmap_mode="r")
                i = numpy.load("\(path)/column-tx_id.npy", mmap_mode="r")
                a = numpy.load("\(path)/column-amount.npy", mmap_mode="r")
                assert f.shape == (10, 2) and f.dtype == "<f8" and f[4, 1] == 9.5 and numpy.isnan(f[4, 0])
                assert t.dtype == "<i8" and t[3] == 86400000000 + 3000000
                assert c[0] == b"c-0" and c[2] == b"7" and c[4] == b""
                assert i[9] == b"1009" and a[1] == 1.05 and numpy.isnan(a[6])
                """
            #expect(try Self.python(script) == 0)
        }
    }

    static var hasNumPy: Bool { (try? python("import numpy")) == 0 }

    static func python(_ script: String) throws -> Int32 {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", "-c", script]
        process.standardError = nil
        try process.run()
        process.waitUntilExit()
        return process.terminationStatus
    }
}
