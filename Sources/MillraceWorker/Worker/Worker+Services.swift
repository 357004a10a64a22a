import Millrace

extension Worker {
    /// The composition root: what runs for each role.
    func makeService(_ role: Role, cluster: Cluster, stop: StopSignal) -> any RoleService {
        switch role {
        case .ingest: fatalError("not composed yet")
        case .transform: fatalError("not composed yet")
        case .train: fatalError("not composed yet")
        case .publish: fatalError("not composed yet")
        }
    }
}
