import Foundation
public import Millrace

/// Checks that the files named by messages are there and are what their messages say.
public struct FileAudit {
    private let folder: String
    public var checked = 0
    public var bytes = 0
    public var expired = 0
    public private(set) var faults: [AuditReport.Fault] = []
    private var seen: Set<String> = []
    private let isQuick: Bool

    /// - Parameter isQuick: sizes only, no checksums.
    public init(folder: String, isQuick: Bool) {
        self.folder = folder
        self.isQuick = isQuick
    }

    public func isThere(_ file: FileReference) -> Bool {
        FileManager.default.fileExists(atPath: "\(folder)/\(file.path)")
    }

    /// - Parameters:
    ///   - owner: the message's window, run or version, for faults.
    ///   - mayBeGone: retention may have removed it.
    /// - Returns: whether the file is there and whole.
    @discardableResult
    public mutating func check(_ file: FileReference, of owner: String, mayBeGone: Bool) -> Bool {
        guard seen.insert("\(file.path)\n\(file.sha256)").inserted else { return true }
        let path = "\(folder)/\(file.path)"
        guard isThere(file) else {
            if mayBeGone {
                expired += 1
            } else {
                faults.append(.init(.missingFile, owner, "expected the file \(path), found none"))
            }
            return false
        }
        do {
            let size = (try FileManager.default.attributesOfItem(atPath: path)[.size] as? NSNumber)?.intValue ?? -1
            guard size == file.bytes else {
                faults.append(
                    .init(.damagedFile, owner, "\(path): expected \(file.bytes) bytes, found \(size)"))
                return false
            }
            if !isQuick {
                let found = try Checksum(ofFile: path).description
                guard found == file.sha256 else {
                    faults.append(
                        .init(.damagedFile, owner, "\(path): expected SHA-256 \(file.sha256), found \(found)"))
                    return false
                }
            }
        } catch {
            faults.append(.init(.damagedFile, owner, "\(path): cannot be read: \(error)"))
            return false
        }
        checked += 1
        bytes += file.bytes
        return true
    }
}
