/// Who is told of what is wrong, beside the topic `alerts`.
public struct AlertSettings: Sendable, Equatable {
    /// Where notices are posted; nil: nowhere.
    public var webhook: String?
    public var headers: [String: String] = [:]
    /// Rules that never fire.
    public var mute: [AlertRule] = []
    /// All spans by the clock are multiplied by it.
    public var patience: Double = 1
    public init() {}
}
