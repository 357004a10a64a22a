import Foundation
import Millrace

/// Keeps out of a pipeline's folder who must not share it: a second process of the same instance name (they would share
/// transactional ids and open files), and other pipelines. Processes of one pipeline with names of their own share it.
///
/// The lock ends with the process, however that ends. It holds on network file systems that know `flock`, too.
final class FolderLock {
    private let file: Int32

    /// - Throws: `WorkerError` when somebody is there already, `FileError` when there can be no such folder.
    init(folder: String, instance: String, pipeline: String) throws {
        try DurableFile.createFolder(folder)
        try Self.claim(folder, for: pipeline)
        let path = "\(folder)/.lock-\(instance)"
        file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard file >= 0 else {
            throw WorkerError(
                .folderInUse, "cannot open \(path): \(String(cString: strerror(errno))); the folder must be writable")
        }
        #if MUTATIONS
            if Mutation.skipLock.isOn { return }
        #endif
        let holder = "\(path).holder"
        guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
            close(file)
            let found = Self.lines(holder).first
            throw WorkerError(
                .folderInUse,
                "another worker named '\(instance)' is using \(folder): \(found ?? "a process that has not said which"); "
                    + "stop it, or give this one a name of its own with --instance")
        }
        // For people first, and nothing is decided by it: a full disk must not keep the worker from starting.
        let process = ProcessIdentity.current
        try? DurableFile.write("process \(process.number) on \(Self.host)\n\(process)", to: holder)
    }

    /// Whether some process of this machine works in the folder, as far as the holders have said.
    static func isHeld(_ folder: String) -> Bool {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.contains { name in
            guard name.hasPrefix(".lock-"), name.hasSuffix(".holder") else { return false }
            return lines("\(folder)/\(name)").last.flatMap { ProcessIdentity($0) }?.isAlive ?? false
        }
    }

    private static func lines(_ path: String) -> [Substring] {
        guard let bytes = try? DurableFile.read(path, limit: 1024) else { return [] }
        return String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline)
    }

    func release() { close(file) }

    /// Folders of two pipelines hold files of the same names, and each would remove what the other needs.
    private static func claim(_ folder: String, for pipeline: String) throws {
        let path = "\(folder)/.pipeline"
        do {
            let owner = String(decoding: try DurableFile.read(path, limit: 1024), as: UTF8.self)
            guard owner == pipeline || owner.isEmpty else {
                throw WorkerError(
                    .folderInUse,
                    "\(folder) is the folder of the pipeline '\(owner)', and '\(pipeline)' must not share it; give each "
                        + "pipeline a 'folder' of its own")
            }
        } catch let error as FileError where error.code == .notFound {
            try? DurableFile.write(pipeline, to: path)
        }
    }

    private static var host: String {
        var name = [CChar](repeating: 0, count: 256)
        guard gethostname(&name, name.count - 1) == 0 else { return "an unknown host" }
        return String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
