import Millrace

extension Worker {
    /// The composition root: what runs for each role.
    func makeService(_ role: Role, cluster: Cluster, stop: StopSignal) -> any RoleService {
        switch role {
        case .ingest:
            IngestService(pipeline: pipeline, cluster: cluster, instance: options.instance, log: log, stop: stop)
        case .transform:
            controlLoop(
                TransformHandler(
                    pipeline: pipeline, log: log,
                    restore: SliceRestorer(pipeline: pipeline, cluster: cluster, log: log).restore),
                cluster: cluster, stop: stop)
        case .train:
            controlLoop(
                TrainHandler(
                    pipeline: pipeline, version: options.version, log: log,
                    restorer: DatasetRestorer(pipeline: pipeline, cluster: cluster, log: log)),
                cluster: cluster, stop: stop)
        case .publish:
            controlLoop(
                PublishHandler(
                    pipeline: pipeline, log: log,
                    restorer: DatasetRestorer(pipeline: pipeline, cluster: cluster, log: log)),
                cluster: cluster, stop: stop)
        case .observe:
            ObserveService(pipeline: pipeline, instance: options.instance, board: board, log: log, stop: stop)
        }
    }

    private func controlLoop(_ handler: any ControlHandler, cluster: Cluster, stop: StopSignal) -> ControlLoop {
        ControlLoop(
            handler: handler, cluster: cluster, deadLetters: pipeline.deadLetters, instance: options.instance, log: log,
            stop: stop, health: RoleHealth(role: handler.role))
    }
}
