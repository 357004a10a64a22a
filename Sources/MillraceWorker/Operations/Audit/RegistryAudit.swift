import Foundation
import Millrace

/// Holds the registry's folder, where it is on this machine, to what the releases say.
struct RegistryAudit {
    private let registry: Registry

    init(_ pipeline: Pipeline) { registry = Registry(pipeline) }

    /// - Returns: what is wrong with a version's folder. One that is not there is made again from the run's at the next
    ///   start of publish, so it is no fault.
    func fault(of version: Int) -> AuditReport.Fault? {
        guard FileManager.default.fileExists(atPath: registry.folder(of: version)) else { return nil }
        do {
            try registry.verify(version: version)
            return nil
        } catch {
            return .init(
                error.code == .missing ? .missingFile : .damagedFile, "version \(version) in the registry",
                "\(error.message)")
        }
    }
}
