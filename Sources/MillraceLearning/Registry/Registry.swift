public import MillraceCore
import Foundation

/// The registry's folder, which scorers and people read:
///
///     <path>/<model>/versions/<n>/   model.ubj model.json lineage.json report.json report.html release.json SHA256SUMS
///     <path>/<model>/aliases/        champion.json previous.json
///
/// It is a projection of the `releases` topic and of the runs' folders: deleted, it is made again. A version's folder
/// appears whole or not at all, and never changes. An alias is replaced atomically and never goes back to an older
/// release: each names the offset of the release that moved it.
public struct Registry: Sendable, Equatable {
    /// The registry's folder.
    public let path: String
    /// The model's name.
    public let model: String
    /// The pipeline's folder, where runs are staged.
    public let pipelineFolder: String

    public init(path: String, model: String, pipelineFolder: String) {
        self.path = path
        self.model = model
        self.pipelineFolder = pipelineFolder
    }

    /// The registry that a pipeline declares.
    public init(_ pipeline: Pipeline) {
        self.init(
            path: pipeline.registry.path, model: pipeline.registry.model ?? pipeline.name,
            pipelineFolder: pipeline.folder)
    }

    public func folder(of version: Int) -> String { "\(path)/\(model)/versions/\(version)" }
    var aliasFolder: String { "\(path)/\(model)/aliases" }

    /// Puts a version's files into its folder, from the run's, checking every byte. Nothing when it is there already,
    /// whole, and of this model: an earlier log may have left another under the same number.
    public func store(_ verdict: Verdict) throws(RegistryError) {
        let target = folder(of: verdict.version)
        if isWhole(verdict.model, version: verdict.version) { return }
        let manager = FileManager.default
        let partial = "\(path)/\(model)/versions/.\(verdict.version).partial"
        do {
            try? manager.removeItem(atPath: partial)
            try DurableFile.createFolder(partial)
            var sums = ""
            for file in verdict.model.files + verdict.report {
                let name = Self.name(of: file)
                let bytes: [UInt8]
                do throws(RegistryError) {
                    bytes = try staged(file)
                } catch {
                    // A version can do without its report, not without its model.
                    if error.code == .missing, verdict.report.contains(file) { continue }
                    throw error
                }
                try DurableFile.write(bytes, to: "\(partial)/\(name)")
                sums += "\(file.sha256)  \(name)\n"
            }
            let release = try json(verdict)
            try DurableFile.write(release, to: "\(partial)/release.json")
            sums += "\(Checksum(of: release))  release.json\n"
            try DurableFile.write(sums, to: "\(partial)/\(Self.sumsName)")
            // A folder that is there is damaged or another model's (it was looked at above) and makes way.
            if manager.fileExists(atPath: target) {
                let aside = "\(path)/\(model)/versions/.\(verdict.version).damaged"
                try? manager.removeItem(atPath: aside)
                try DurableFile.rename(target, to: aside)
                try DurableFile.rename(partial, to: target)
                try? manager.removeItem(atPath: aside)
            } else {
                try DurableFile.rename(partial, to: target)
            }
        } catch let error as RegistryError {
            throw error
        } catch let error as FileError {
            throw RegistryError(error)
        } catch {
            throw RegistryError(.cannotWrite, "version \(verdict.version): \(error)")
        }
    }

    /// Reads a version's file that its `SHA256SUMS` names, checking it.
    public func read(_ name: String, version: Int) throws(RegistryError) -> [UInt8] {
        let folder = folder(of: version)
        guard let expected = try sums(version: version)[name] else {
            throw RegistryError(.missing, "\(folder): \(Self.sumsName) names no \(name)")
        }
        let bytes = try file("\(folder)/\(name)")
        let found = Checksum(of: bytes)
        guard found == expected else {
            throw RegistryError(
                .damaged,
                "\(folder)/\(name): expected SHA-256 \(expected), found \(found); delete the version's folder and it "
                    + "is made again from the run's")
        }
        return bytes
    }

    /// Whether a version's folder is there, undamaged, and holds the files that a message names.
    func isWhole(_ model: VersionModel, version: Int) -> Bool {
        guard let sums = try? sums(version: version), (try? verify(version: version)) != nil else { return false }
        return model.files.allSatisfy { sums[Self.name(of: $0)]?.description == $0.sha256 }
    }

    /// Checks that a version can be put in force: its folder is whole, or can be made from the run's.
    public func check(_ model: VersionModel, version: Int) throws(RegistryError) {
        if isWhole(model, version: version) { return }
        for file in model.files { _ = try staged(file) }
    }

    /// The bytes of a model's file that a message names: the version's copy where there is a good one, else the run's.
    public func bytes(of file: FileReference, version: Int? = nil) throws(RegistryError) -> [UInt8] {
        if let version, let bytes = try? self.file("\(folder(of: version))/\(Self.name(of: file))"),
            Checksum(of: bytes).description == file.sha256
        {
            return bytes
        }
        return try staged(file)
    }

    static func name(of file: FileReference) -> String {
        file.path.split(separator: "/").last.map(String.init) ?? file.path
    }

    /// Checks all files of a version.
    public func verify(version: Int) throws(RegistryError) {
        for name in try sums(version: version).keys.sorted() { _ = try read(name, version: version) }
    }

    /// Versions that have a folder, ascending.
    public func versions() -> [Int] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "\(path)/\(model)/versions")) ?? []
        return names.compactMap(Int.init).sorted()
    }

    /// Deletes the folders of old versions.
    ///
    /// - Parameters:
    ///   - keeping: the number of newest versions that stay.
    ///   - pinned: versions that stay however old: champion, previous, what awaits approval.
    /// - Returns: those deleted.
    @discardableResult
    public func prune(keeping: Int, pinned: Set<Int>) throws(RegistryError) -> [Int] {
        let all = versions()
        let old = all.dropLast(max(keeping, 0)).filter { !pinned.contains($0) }
        for version in old {
            // Under another name first, so that no reader finds half a version.
            let aside = "\(path)/\(model)/versions/.\(version).deleted"
            do {
                try? FileManager.default.removeItem(atPath: aside)
                try DurableFile.rename(folder(of: version), to: aside)
            } catch {
                throw RegistryError(error)
            }
            try? FileManager.default.removeItem(atPath: aside)
        }
        return Array(old)
    }

    static let sumsName = "SHA256SUMS"

    private func sums(version: Int) throws(RegistryError) -> [String: Checksum] {
        let path = "\(folder(of: version))/\(Self.sumsName)"
        let text = String(decoding: try file(path), as: UTF8.self)
        var sums: [String: Checksum] = [:]
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: true)
            guard parts.count == 2, let sum = Checksum(String(parts[0])) else {
                throw RegistryError(.damaged, "\(path): expected lines of a SHA-256 and a name, found '\(line)'")
            }
            sums[parts[1].trimmingCharacters(in: .whitespaces)] = sum
        }
        guard !sums.isEmpty else { throw RegistryError(.damaged, "\(path): expected checksums, found none") }
        return sums
    }

    private func staged(_ reference: FileReference) throws(RegistryError) -> [UInt8] {
        do throws(FileError) { return try DurableFile.read(reference, below: pipelineFolder) } catch {
            guard error.code == .damaged else { throw RegistryError(error) }
            throw RegistryError(
                .damaged, error.message + "; put a good copy back, or ask for another run ('millrace retrain')")
        }
    }

    func file(_ path: String) throws(RegistryError) -> [UInt8] {
        do throws(FileError) { return try DurableFile.read(path, limit: 4 << 30) } catch { throw RegistryError(error) }
    }

    func json(_ value: some Encodable) throws(RegistryError) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        do {
            return Array(try encoder.encode(value)) + [10]
        } catch {
            throw RegistryError(.cannotWrite, "cannot be written as JSON: \(error)")
        }
    }
}
