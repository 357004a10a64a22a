import Foundation
import Millrace

/// Keeps two processes of one instance name out of the same folder: they would share transactional ids and files.
final class FolderLock {
    private let file: Int32

    init(folder: String, instance: String) throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let path = "\(folder)/.lock-\(instance)"
        file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard file >= 0 else {
            throw WorkerError(
                .folderInUse, "cannot open \(path): \(String(cString: strerror(errno))); the folder must be writable")
        }
        #if MUTATIONS
            if Mutation.skipLock.isOn { return }
        #endif
        guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
            close(file)
            throw WorkerError(
                .folderInUse,
                "another worker named '\(instance)' is using \(folder); stop it, or give this one a name of its own with "
                    + "--instance")
        }
    }

    func release() { close(file) }
}
