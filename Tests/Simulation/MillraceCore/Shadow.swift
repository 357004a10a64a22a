import Foundation
import Glibc
import World

// What stands in for the C library and for Foundation in each module of files: the simulated disk, clock and chance.

private var disk: Disk { World.current.disk }

func open(_ path: String, _ flags: Int32) -> Int32 { disk.open(path, flags) }
func open(_ path: String, _ flags: Int32, _ mode: mode_t) -> Int32 { disk.open(path, flags) }
func read(_ file: Int32, _ buffer: UnsafeMutableRawPointer?, _ count: Int) -> Int { disk.read(file, buffer, count) }
func write(_ file: Int32, _ buffer: UnsafeRawPointer?, _ count: Int) -> Int {
    disk.write(file, UnsafeRawBufferPointer(start: buffer, count: count))
}
func fsync(_ file: Int32) -> Int32 { disk.sync(file) }
@discardableResult func close(_ file: Int32) -> Int32 { disk.close(file) }
func rename(_ path: String, _ newPath: String) -> Int32 { disk.rename(path, newPath) }
@discardableResult func unlink(_ path: String) -> Int32 { disk.unlink(path) }
func mkdir(_ path: String, _ mode: mode_t) -> Int32 { disk.makeFolder(path) }

func stat(_ path: String, _ status: UnsafeMutablePointer<Glibc.stat>) -> Int32 {
    guard let isFolder = disk.isFolder(path) else {
        errno = ENOENT
        return -1
    }
    status.pointee.st_mode = isFolder ? S_IFDIR : S_IFREG
    return 0
}

private struct NoSuchFile: Error {
    var path: String
}

struct FileManager: Sendable {
    static let `default` = FileManager()

    func removeItem(atPath path: String) throws {
        guard disk.removeTree(path) else { throw NoSuchFile(path: path) }
    }
    func fileExists(atPath path: String) -> Bool { disk.isFolder(path) != nil }
    func contentsOfDirectory(atPath path: String) throws -> [String] {
        guard let names = disk.contents(ofFolder: path) else {
            throw NoSuchFile(path: path)
        }
        return names
    }
}

final class JSONDecoder {
    typealias Floats = Foundation.JSONDecoder.NonConformingFloatDecodingStrategy

    var nonConformingFloatDecodingStrategy = Floats.throw

    func decode<Value: Decodable>(_ type: Value.Type, from data: Data) throws -> Value {
        let isStrict = if case .throw = nonConformingFloatDecodingStrategy { true } else { false }
        return try World.current.memory.value(of: type, from: Array(data), variant: isStrict ? 0 : 1) {
            let decoder = Foundation.JSONDecoder()
            decoder.nonConformingFloatDecodingStrategy = nonConformingFloatDecodingStrategy
            return try decoder.decode(type, from: data)
        }
    }
}

extension UInt64 {
    static func random(in range: ClosedRange<UInt64>) -> UInt64 { World.current.dice.next() }
}
