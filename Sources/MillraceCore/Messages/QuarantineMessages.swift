/// `quarantine.release`: a quarantined window is to be transformed in spite of its violations.
public struct QuarantineRelease: Payload {
    public static let type = "dev.millrace.quarantine.release.v1"
    public var identity: String { "\(window)/\(requester)" }

    public var window: Window
    public var requester: String
    public var reason: String

    public init(window: Window, requester: String, reason: String) {
        self.window = window
        self.requester = requester
        self.reason = reason
    }
}

/// `quarantine.skip`: a quarantined window is to be left out. Windows whose features look back at it do not train.
public struct QuarantineSkip: Payload {
    public static let type = "dev.millrace.quarantine.skip.v1"
    public var identity: String { "\(window)/\(requester)" }

    public var window: Window
    public var requester: String
    public var reason: String

    public init(window: Window, requester: String, reason: String) {
        self.window = window
        self.requester = requester
        self.reason = reason
    }
}
