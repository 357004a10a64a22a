public import MillraceCore
public import Foundation

/// A cron expression read in a time zone.
public struct CronSchedule: MomentSchedule {
    private let expression: CronExpression
    private let zone: TimeZone

    public init(_ expression: CronExpression, zone: TimeZone) {
        self.expression = expression
        self.zone = zone
    }

    public func next(after moment: Timestamp) -> Timestamp? {
        let next = expression.next(after: moment, in: zone)
        return next > moment && next < .distantFuture ? next : nil
    }
}

extension TriggerSettings {
    /// What a pipeline file declares.
    public init(_ pipeline: Pipeline) {
        let zone = TimeZone(identifier: pipeline.timeZone) ?? .gmt
        var schedules: [String: any MomentSchedule] = [:]
        for case .schedule(let cron, _) in pipeline.triggers {
            // The pipeline file was checked: an expression that cannot be read never comes so far.
            schedules[cron] = (try? CronExpression(cron)).map { CronSchedule($0, zone: zone) }
        }
        self.init(
            pipeline: pipeline.name, triggers: pipeline.triggers,
            planner: RunPlanner(
                windowSize: pipeline.windows.size, training: pipeline.training, labels: pipeline.labels,
                featureHash: pipeline.featureHash, reach: RunReach(pipeline), retention: pipeline.retention.datasets),
            configurationHash: pipeline.configurationHash, attempts: pipeline.training.attempts,
            schedules: schedules)
    }
}
