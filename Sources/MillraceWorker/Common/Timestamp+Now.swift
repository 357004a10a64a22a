import Foundation
public import Millrace

extension Timestamp {
    /// The time of day. Only for what people read and for schedules declared in wall-clock time: data are never judged
    /// by it.
    public static var now: Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000)
    }
}
