import Foundation
import HTTPClient
import Millrace
import Synchronization

/// Posts notices to a webhook from a thread of its own, one after the other: whoever has them told never waits.
final class AlertWebhook: Sendable {
    private struct State {
        var untold: [AlertNotice] = []
        var told: [AlertNotified] = []
        var isStopping = false
    }

    private static let timeout = Duration.seconds(10)

    private let address: String
    private let headers: [(name: String, value: String)]
    private let pipeline: String
    private let instance: String
    private let log: Log
    private let state = Mutex(State())
    private let wake = DispatchSemaphore(value: 0)

    init(address: String, headers: [String: String], pipeline: String, instance: String, log: Log) {
        self.address = address
        self.headers =
            [("Content-Type", "application/json")] + headers.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        self.pipeline = pipeline
        self.instance = instance
        self.log = log
        let thread = Thread { [self] in run() }
        thread.name = "alerts"
        thread.start()
    }

    /// - Parameter untold: all that is to be told now.
    /// - Returns: what was told since it was asked before.
    func tell(_ untold: [AlertNotice]) -> [AlertNotified] {
        let told = state.withLock { state in
            defer { state.told = [] }
            state.untold = untold
            return state.told
        }
        if !untold.isEmpty { wake.signal() }
        return told
    }

    /// What is under way is left to itself: what the topic does not call told is told by the next start.
    func close() {
        state.withLock { $0.isStopping = true }
        wake.signal()
    }

    private func run() {
        var delivery = AlertDelivery(instance: instance)
        var client: HTTPClient?
        while true {
            _ = wake.wait(timeout: .now() + 0.5)
            while true {
                let (untold, isStopping) = state.withLock { ($0.untold, $0.isStopping) }
                if isStopping { return }
                guard let notice = delivery.next(untold, now: .now) else { break }
                guard let trouble = post(notice, &client) else {
                    delivery.succeeded(notice)
                    state.withLock { $0.told.append(notice.told) }
                    continue
                }
                let isGivenUp = delivery.failed(notice, isRetriable: trouble.isRetriable, now: .now)
                log.log(
                    isGivenUp ? .error : .warning, "alerts",
                    isGivenUp ? "the webhook is not told" : "the webhook does not take a notice; trying again",
                    ["alert": "\(notice.fired.key)", "reason": trouble.reason])
            }
        }
    }

    /// - Returns: what went wrong, and whether the same may go right later.
    private func post(_ notice: AlertNotice, _ client: inout HTTPClient?) -> (reason: String, isRetriable: Bool)? {
        do {
            let body = try notice.body(pipeline: pipeline)
            let current = try client ?? HTTPClient()
            client = current
            let reply = try current.post(
                address, headers: headers + [("Idempotency-Key", notice.id(pipeline: pipeline))], body: body,
                timeout: Self.timeout)
            return reply.isSuccess ? nil : ("status \(reply.status)", reply.isRetriable)
        } catch let error as HTTPClientError {
            return ("\(error)", error.code != .address && error.code != .header)
        } catch {
            return ("\(error)", false)
        }
    }
}
