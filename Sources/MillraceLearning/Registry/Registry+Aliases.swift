import MillraceCore
import Foundation

/// `aliases/<name>.json`: which version an alias stands for.
public struct RegistryAlias: Codable, Sendable, Equatable {
    public var alias: String
    public var version: Int
    public var run: String
    /// The version's folder, below the registry's.
    public var path: String
    public var threshold: Double?
    /// The offset in `releases` of the release that moved it.
    public var releaseOffset: Int64

    public init(
        alias: String, version: Int, run: String, path: String, threshold: Double?, releaseOffset: Int64
    ) {
        self.alias = alias
        self.version = version
        self.run = run
        self.path = path
        self.threshold = threshold
        self.releaseOffset = releaseOffset
    }
}

extension Registry {
    /// What an alias stands for; nil when it stands for nothing.
    public func alias(_ name: String) throws(RegistryError) -> RegistryAlias? {
        let path = "\(aliasFolder)/\(name).json"
        let bytes: [UInt8]
        do {
            bytes = try file(path)
        } catch {
            if error.code == .missing { return nil }
            throw error
        }
        do {
            return try JSONDecoder().decode(RegistryAlias.self, from: Data(bytes))
        } catch {
            throw RegistryError(.damaged, "\(path): \(error); delete it and it is made again")
        }
    }

    /// Moves an alias, unless a later release has moved it already. The version's folder must be there and whole.
    /// - Returns: whether it was moved.
    @discardableResult
    public func move(_ name: String, to alias: RegistryAlias) throws(RegistryError) -> Bool {
        try verify(version: alias.version)
        if let present = try movedAt(name), present >= alias.releaseOffset { return false }
        let bytes = try json(alias)
        do throws(FileError) {
            try DurableFile.createFolder(aliasFolder)
            try DurableFile.write(bytes, to: "\(aliasFolder)/\(name).json")
        } catch {
            throw RegistryError(error)
        }
        return true
    }

    /// Takes an alias away that stands for nothing after a release.
    func clear(_ name: String, releaseOffset: Int64) throws(RegistryError) {
        if let present = try movedAt(name), present >= releaseOffset { return }
        try remove(name)
    }

    /// The release that put an alias where it is. A damaged one is made again; one that cannot be read now may be a
    /// successor's.
    private func movedAt(_ name: String) throws(RegistryError) -> Int64? {
        do {
            return try alias(name)?.releaseOffset
        } catch {
            if error.code == .damaged { return nil }
            throw error
        }
    }

    func remove(_ name: String) throws(RegistryError) {
        do throws(FileError) { try DurableFile.remove("\(aliasFolder)/\(name).json") } catch {
            throw RegistryError(error)
        }
    }
}
