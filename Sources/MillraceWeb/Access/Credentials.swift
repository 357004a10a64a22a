import Foundation
import HTTPServer

/// The token that a request brings.
enum Credentials {
    case none
    /// `Authorization: Bearer …`. No browser sends it by itself, so it proves that a program of ours does.
    case bearer(String)
    /// `Authorization: Basic …`, the token as password. Browsers send it with every request, also with one that another
    /// site provoked: good for reading alone.
    case basic(String)
    case malformed

    init(_ headers: HTTPHeaders) {
        let values = headers.all("Authorization")
        guard values.count <= 1 else {
            self = .malformed
            return
        }
        guard let value = values.first else {
            self = .none
            return
        }
        let parts = value.split(separator: " ", maxSplits: 1).map(String.init)
        guard parts.count == 2 else {
            self = .malformed
            return
        }
        switch parts[0].lowercased() {
        case "bearer": self = .bearer(parts[1])
        case "basic":
            guard let data = Data(base64Encoded: parts[1]), let text = String(validating: data, as: UTF8.self),
                let colon = text.firstIndex(of: ":")
            else {
                self = .malformed
                return
            }
            self = .basic(String(text[text.index(after: colon)...]))
        default: self = .malformed
        }
    }

    var token: String? {
        switch self {
        case .bearer(let token), .basic(let token): token
        case .none, .malformed: nil
        }
    }
}
