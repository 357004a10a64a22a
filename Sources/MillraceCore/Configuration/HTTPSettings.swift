/// Where health, metrics, API and dashboard are served, and to whom.
public struct HTTPSettings: Sendable, Equatable {
    /// Tokens for what they allow; nil: nobody is asked for one to read, and nobody may do the rest.
    public struct Tokens: Sendable, Equatable {
        public var read: String?
        public var write: String?
        public var payloads: String?
        public init() {}
    }

    /// PEM files.
    public struct Certificate: Sendable, Equatable {
        public var chain = ""
        public var key = ""
        public init() {}
    }

    public enum Listen: Sendable, Equatable {
        case at(ListenAddress)
        case off
    }

    /// nil: 127.0.0.1:8710, and when another process listens there the worker goes on without.
    public var listen: Listen?
    public var certificate: Certificate?
    public var tokens = Tokens()

    public init() {}

    /// Why these settings must not be served; nil when they may.
    public var objection: String? {
        guard case .at(let address) = listen, !address.isLoopback, tokens.read == nil else { return nil }
        return "\(address) can be reached from other machines, and 'http.tokens.read' is not set; set it, or listen on "
            + "127.0.0.1"
    }
}

/// A host and a port to listen on.
public struct ListenAddress: Sendable, Equatable, CustomStringConvertible {
    /// A name or an address; empty for every address of the machine.
    public var host: String
    /// 0 for any that is free.
    public var port: UInt16

    public static let standard = ListenAddress(host: "127.0.0.1", port: 8710)

    public init(host: String, port: UInt16) {
        self.host = host
        self.port = port
    }

    /// From `host:port`, `[::1]:port`, or a port alone, which is one of 127.0.0.1.
    public init?(_ text: String) {
        if let port = UInt16(text) {
            self.init(host: "127.0.0.1", port: port)
            return
        }
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
            return nil
        }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
            guard host.contains(":") else { return nil }
        } else if host.contains(":") {
            return nil
        }
        guard !host.contains(where: { $0.isWhitespace || $0 == "/" }) else { return nil }
        self.init(host: String(host), port: port)
    }

    /// Whether only this machine can reach it.
    public var isLoopback: Bool {
        if host == "localhost" || host == "::1" { return true }
        // A name may begin like an address, and lead anywhere.
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.first == "127" && parts.count == 4 && parts.allSatisfy { UInt8($0) != nil }
    }

    public var description: String { "\(host.contains(":") ? "[\(host)]" : host):\(port)" }
}
