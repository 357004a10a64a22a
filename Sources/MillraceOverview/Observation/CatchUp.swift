import MillraceCore

/// When a group will have read all there is, if things go on as they do.
public struct CatchUp: Sendable, Codable, Equatable {
    public enum Kind: String, Sendable, Codable {
        /// It has.
        case done
        /// In `seconds`.
        case later
        /// Not at this rate: the lag does not shrink.
        case never
        /// The rate is not known yet.
        case unknown
    }

    public var kind: Kind
    public var seconds: Double?

    public static let done = CatchUp(kind: .done, seconds: 0)
    public static let never = CatchUp(kind: .never, seconds: nil)
    public static let unknown = CatchUp(kind: .unknown, seconds: nil)
    public static func later(seconds: Double) -> CatchUp { CatchUp(kind: .later, seconds: seconds) }

    /// The one that takes longest.
    static func last(_ all: [CatchUp]) -> CatchUp {
        if all.contains(.never) { return .never }
        if let longest = all.compactMap({ $0.kind == .later ? $0.seconds : nil }).max() {
            return .later(seconds: longest)
        }
        return all.contains(.unknown) ? .unknown : .done
    }
}
