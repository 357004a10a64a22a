// The sockets' types belong to whichever of the two modules the compiler meets first.
import CMicrohttpd

#if canImport(Glibc)
    import Glibc
#else
    import Musl
#endif

/// Binds an address before the server is started, so that what is wrong with it can be said.
enum ListeningSocket {
    /// - Returns: the socket, and the port that it got.
    static func open(host: String, port: UInt16) throws(HTTPServerError) -> (socket: Int32, port: UInt16) {
        var hints = addrinfo()
        hints.ai_family = AF_UNSPEC
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV
        var found: UnsafeMutablePointer<addrinfo>?
        let status = getaddrinfo(host.isEmpty ? nil : host, String(port), &hints, &found)
        guard status == 0, let first = found else {
            throw HTTPServerError(
                .addressRefused,
                "expected a name or address of this machine to listen on, found '\(host)': "
                    + String(cString: gai_strerror(status)))
        }
        defer { freeaddrinfo(found) }
        let listener = socket(
            first.pointee.ai_family,
            first.pointee.ai_socktype | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
        guard listener >= 0 else { throw failure("open a socket for", host, port) }
        var one: Int32 = 1
        setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, socklen_t(MemoryLayout<Int32>.size))
        guard bind(listener, first.pointee.ai_addr, first.pointee.ai_addrlen) == 0, listen(listener, 128) == 0 else {
            let error = failure("listen on", host, port)
            close(listener)
            throw error
        }
        return (listener, boundPort(listener) ?? port)
    }

    private static func boundPort(_ socket: Int32) -> UInt16? {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        return withUnsafeMutableBytes(of: &storage) { bytes in
            let address = bytes.baseAddress!.assumingMemoryBound(to: sockaddr.self)
            guard getsockname(socket, address, &length) == 0 else { return nil }
            // The port is at the same place in both families, in the network's order.
            return UInt16(bigEndian: bytes.load(fromByteOffset: 2, as: UInt16.self))
        }
    }

    private static func failure(_ verb: String, _ host: String, _ port: UInt16) -> HTTPServerError {
        let reason = String(cString: strerror(errno))
        let place = "\(host.contains(":") ? "[\(host)]" : host):\(port)"
        return errno == EADDRINUSE
            ? HTTPServerError(.addressInUse, "cannot listen on \(place): another process does already")
            : HTTPServerError(.addressRefused, "cannot \(verb) \(place): \(reason)")
    }
}
