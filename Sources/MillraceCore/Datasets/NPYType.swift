/// The element types of the NPY files that Millrace writes and reads, all little-endian.
public enum NPYType: Sendable, Equatable {
    case float64
    case int64
    case int8
    /// Texts of at most `width` bytes, padded with zero bytes.
    case bytes(width: Int)

    /// NumPy's `descr`.
    var description: String {
        switch self {
        case .float64: "<f8"
        case .int64: "<i8"
        case .int8: "|i1"
        case .bytes(let width): "|S\(width)"
        }
    }

    init?(description: Substring) {
        switch description {
        case "<f8": self = .float64
        case "<i8": self = .int64
        case "|i1": self = .int8
        default:
            guard description.hasPrefix("|S"), let width = Int(description.dropFirst(2)), width > 0,
                width <= 1 << 24
            else { return nil }
            self = .bytes(width: width)
        }
    }

    /// Bytes of one element.
    public var size: Int {
        switch self {
        case .float64, .int64: 8
        case .int8: 1
        case .bytes(let width): width
        }
    }
}
