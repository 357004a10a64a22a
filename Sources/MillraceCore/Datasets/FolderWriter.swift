import Foundation

/// A folder of files that appears under its name complete or not at all: written beside it and renamed.
struct FolderWriter: ~Copyable {
    /// The folder's path below `base`.
    let path: String
    private let base: String
    private let temporary: String
    private(set) var files: [FileReference] = []
    private var isCommitted = false

    init(_ path: String, below base: String) throws(DatasetError) {
        self.path = path
        self.base = base
        let parent = DurableFile.folder(of: "\(base)/\(path)")
        let name = path.split(separator: "/").last.map(String.init) ?? path
        temporary = "\(parent)/.\(name).\(String(UInt64.random(in: .min ... .max), radix: 36)).partial"
        do { try DurableFile.createFolder(temporary) } catch { throw DatasetError(error) }
    }

    deinit {
        if !isCommitted { try? FileManager.default.removeItem(atPath: temporary) }
    }

    mutating func write(_ bytes: [UInt8], name: String) throws(DatasetError) {
        do {
            var writer = try DurableFileWriter("\(temporary)/\(name)")
            try writer.write(bytes)
            let checksum = try writer.commit()
            files.append(FileReference(path: "\(path)/\(name)", bytes: bytes.count, sha256: checksum.description))
        } catch { throw DatasetError(error) }
    }

    /// Gives the folder its name. One of that name that holds the same, written before a crash or for another feature
    /// set, stays as it is: it may have been announced, and somebody may be reading it. Another was damaged since, or was
    /// never announced, and makes way. That takes two steps; after a crash between them the writer begins again, since
    /// what it writes is announced afterwards.
    /// - Returns: the files, in the order in which they were written.
    consuming func commit() throws(DatasetError) -> [FileReference] {
        let target = "\(base)/\(path)"
        let files = files
        guard FileManager.default.fileExists(atPath: target) else {
            do { try DurableFile.rename(temporary, to: target) } catch { throw DatasetError(error) }
            isCommitted = true
            return files
        }
        let base = base
        if files.allSatisfy({ (try? readChecked($0, folder: base)) != nil }) { return files }
        let old = "\(temporary).old"
        do {
            try DurableFile.rename(target, to: old)
            try DurableFile.rename(temporary, to: target)
        } catch { throw DatasetError(error) }
        isCommitted = true
        try? FileManager.default.removeItem(atPath: old)
        return files
    }
}

/// JSON whose bytes depend on the value alone.
package func canonicalJSON(_ value: some Encodable) throws(DatasetError) -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
        positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
    do { return Array(try encoder.encode(value)) + [10] } catch {
        throw DatasetError(.cannotWrite, "cannot write a manifest as JSON: \(error)")
    }
}

package func decodeJSON<Value: Decodable>(_ bytes: [UInt8], name: String) throws(DatasetError) -> Value {
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
        positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
    do { return try decoder.decode(Value.self, from: Data(bytes)) } catch {
        throw DatasetError(.damaged, "\(name): expected a manifest, found something else: \(error)")
    }
}

/// As `DurableFile.read`, with what to do about a damaged one.
package func readChecked(_ file: FileReference, folder: String) throws(DatasetError) -> [UInt8] {
    do throws(FileError) { return try DurableFile.read(file, below: folder) } catch {
        guard error.code == .damaged else { throw DatasetError(error) }
        throw DatasetError(
            .damaged, error.message + "; put a good copy back, or wait until no run looks back at it")
    }
}
