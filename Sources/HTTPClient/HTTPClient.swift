internal import CCurl
internal import Glibc

/// Posts to HTTP servers, over a connection that is kept. Used by one thread at a time, which waits for the answer.
public final class HTTPClient {
    public struct Reply: Sendable, Equatable {
        public var status: Int
        /// The first 64 KiB of the body; the rest is thrown away.
        public var body: [UInt8]

        public var isSuccess: Bool { (200..<300).contains(status) }
        /// Whether the same request may succeed later: too many requests, or trouble on the other side.
        public var isRetriable: Bool { status == 429 || status == 408 || status >= 500 }
    }

    private let handle: UnsafeMutableRawPointer
    private static let bodyLimit = 64 << 10
    /// libcurl must be made ready once, before any thread uses it.
    private static let isReady: Bool = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

    public init() throws(HTTPClientError) {
        guard Self.isReady, let handle = curl_easy_init() else {
            throw HTTPClientError(.failed, "libcurl could not start")
        }
        self.handle = handle
    }

    deinit { curl_easy_cleanup(handle) }

    /// Posts a body and waits for the answer. Redirects are answers, too: they are not followed.
    /// - Parameter timeout: for all of it.
    public func post(
        _ url: String, headers: [(name: String, value: String)] = [], body: [UInt8], timeout: Duration = .seconds(10)
    ) throws(HTTPClientError) -> Reply {
        guard url.hasPrefix("http://") || url.hasPrefix("https://") else {
            throw HTTPClientError(.address, "expected an address that begins with http:// or https://")
        }
        curl_easy_reset(handle)
        var list: UnsafeMutablePointer<curl_slist>?
        defer { curl_slist_free_all(list) }
        // libcurl waits for a go-ahead with large bodies, unless told.
        for header in headers + [("Expect", "")] {
            guard !(header.name + header.value).utf8.contains(where: { $0 < 32 }) else {
                // What follows would be a header of its own. The value may be a secret.
                throw HTTPClientError(.header, "expected one line as value of the header \(header.name)")
            }
            list = curl_slist_append(list, "\(header.name):\(header.value.isEmpty ? "" : " " + header.value)")
        }
        var received: [UInt8] = []
        let code = body.withUnsafeBytes { bytes in
            withUnsafeMutablePointer(to: &received) { context in
                let settings = [
                    ccurl_set_text(handle, CURLOPT_URL, url),
                    ccurl_set_text(handle, CURLOPT_PROTOCOLS_STR, "http,https"),
                    // Its timeouts would use signals, which threads share.
                    ccurl_set_long(handle, CURLOPT_NOSIGNAL, 1),
                    ccurl_set_long(handle, CURLOPT_TIMEOUT_MS, max(1, Int(timeout / .milliseconds(1)))),
                    ccurl_set_long(handle, CURLOPT_POST, 1),
                    ccurl_set_body(handle, bytes.baseAddress, curl_off_t(bytes.count)),
                    ccurl_set_headers(handle, list),
                    ccurl_set_receiver(handle, Self.receive, context),
                ]
                return settings.first { $0 != CURLE_OK } ?? curl_easy_perform(handle)
            }
        }
        guard code == CURLE_OK else { throw Self.error(code, url) }
        return Reply(status: ccurl_status(handle), body: received)
    }

    private static let receive:
        @convention(c) (UnsafeMutablePointer<CChar>?, Int, Int, UnsafeMutableRawPointer?) -> Int = {
            bytes, size, count, context in
            guard let bytes, let context else { return 0 }
            let received = context.assumingMemoryBound(to: [UInt8].self)
            let room = HTTPClient.bodyLimit - received.pointee.count
            let part = UnsafeRawBufferPointer(start: bytes, count: min(size * count, max(0, room)))
            received.pointee.append(contentsOf: part)
            return size * count
        }

    private static func error(_ code: CURLcode, _ url: String) -> HTTPClientError {
        let reason = curl_easy_strerror(code).map { String(cString: $0) } ?? "code \(code.rawValue)"
        // What follows the host may be a token.
        let rest = url.split(separator: "/", maxSplits: 2).dropFirst().first ?? url[...]
        let host = rest.prefix { $0 != "?" && $0 != "#" }
        let place = host.split(separator: "@").last ?? host
        let kind: HTTPClientError.Code =
            switch code {
            case CURLE_OPERATION_TIMEDOUT: .timeout
            case CURLE_COULDNT_CONNECT, CURLE_COULDNT_RESOLVE_HOST, CURLE_GOT_NOTHING, CURLE_RECV_ERROR,
                CURLE_SEND_ERROR:
                .unreachable
            case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CONNECT_ERROR: .untrusted
            case CURLE_URL_MALFORMAT, CURLE_UNSUPPORTED_PROTOCOL: .address
            default: .failed
            }
        return HTTPClientError(kind, "\(place): \(reason)")
    }
}
