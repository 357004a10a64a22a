import CMicrohttpd
import Synchronization

// Called on the library's thread.
extension HTTPServer {
    func connection(
        _ connection: OpaquePointer, _ place: UnsafeMutablePointer<UnsafeMutableRawPointer?>, isStarting: Bool
    ) {
        if isStarting {
            let served = ServedConnection(
                socket: cmicrohttpd_socket(connection), patience: settings.receiveTimeout)
            state.withLock { state in
                state.connections[ObjectIdentifier(served)] = served
                if state.connections.count > settings.connectionLimit { Self.makeRoom(&state) }
            }
            place.pointee = Unmanaged.passRetained(served).toOpaque()
        } else if let pointer = place.pointee {
            place.pointee = nil
            let served = Unmanaged<ServedConnection>.fromOpaque(pointer).takeRetainedValue()
            state.withLock { _ = $0.connections.removeValue(forKey: ObjectIdentifier(served)) }
        }
    }

    /// Lets that connection go which has been waited for longest without a whole request: those who are silent give their
    /// place to those who ask, however many they are.
    private static func makeRoom(_ state: inout State) {
        let silent = state.connections.values.compactMap { served in served.requestDeadline.map { (served, $0) } }
        silent.min { $0.1 < $1.1 }?.0.letGo()
    }

    func begin(target: String) -> UnsafeMutableRawPointer {
        let exchange = Exchange(target: target, bodyLimit: settings.bodyBytes)
        state.withLock { $0.exchanges[ObjectIdentifier(exchange)] = exchange }
        return Unmanaged.passRetained(exchange).toOpaque()
    }

    func end(_ exchange: Exchange, _ connection: OpaquePointer?) {
        state.withLock { state in
            state.exchanges.removeValue(forKey: ObjectIdentifier(exchange))
            state.waitingBytes -= exchange.waitingBytes
        }
        exchange.release()
        connection.flatMap(served)?.wait(for: .request, settings.receiveTimeout)
    }

    func advance(
        _ exchange: Exchange, _ connection: OpaquePointer, method: String, upload: UnsafeRawBufferPointer
    ) -> MHD_Result {
        let step = exchange.advance(method: method, headers: { headers(of: connection) }, upload: upload)
        switch step {
        case .proceed: return .YES
        case .respond(let response): return queue(response, exchange, connection)
        case .handle(let request):
            guard suspend(connection) else {
                return queue(.plain(503, "The server is stopping."), exchange, connection)
            }
            served(connection)?.wait(for: .answer, nil)
            exchange.suspend(connection)
            // Who stops the server between the two would have passed it over.
            if state.withLock({ $0.isStopping }) { exchange.release() }
            let handler = handler
            Task(executorPreference: executor) { exchange.answer(await handler(request)) }
            return .YES
        }
    }

    private func served(_ connection: OpaquePointer) -> ServedConnection? {
        cmicrohttpd_context(connection).map { Unmanaged<ServedConnection>.fromOpaque($0).takeUnretainedValue() }
    }

    private func headers(of connection: OpaquePointer) -> HTTPHeaders {
        var headers = HTTPHeaders()
        withUnsafeMutablePointer(to: &headers) { pointer in
            _ = cmicrohttpd_headers(
                connection,
                { context, _, name, nameCount, value, valueCount in
                    func text(_ start: UnsafePointer<CChar>?, _ count: Int) -> String {
                        String(
                            decoding: UnsafeRawBufferPointer(start: start, count: start == nil ? 0 : count),
                            as: UTF8.self)
                    }
                    context!.assumingMemoryBound(to: HTTPHeaders.self).pointee
                        .add(text(name, nameCount), text(value, valueCount))
                    return .YES
                }, pointer)
        }
        return headers
    }

    private func queue(_ response: HTTPResponse, _ exchange: Exchange, _ connection: OpaquePointer) -> MHD_Result {
        let made: OpaquePointer?
        switch response.body {
        case .bytes(let bytes):
            guard bytes.count <= HTTPServerSettings.smallAnswerBytes || reserve(bytes.count, exchange) else {
                return queue(.plain(503, "Too many answers wait to be taken."), exchange, connection)
            }
            served(connection)?.wait(for: .taking, settings.sendTimeout)
            made = bytes.withUnsafeBytes { cmicrohttpd_bytes($0.baseAddress, $0.count) }
        case .stream(let body):
            let hasRoom = state.withLock { state in
                guard state.streams < settings.streamLimit, !state.isStopping else { return false }
                state.streams += 1
                return true
            }
            guard hasRoom else { return queue(.plain(503, "Too many streams are open."), exchange, connection) }
            served(connection)?.wait(for: .taking, nil)
            let stream = ResponseStream()
            exchange.attach(stream)
            made = StreamReader(stream: stream, server: self, connection: connection).response()
            stream.produce(body, on: executor)
        }
        guard let made else { return .NO }
        defer { MHD_destroy_response(made) }
        for field in response.headers.fields { MHD_add_response_header(made, field.name, field.value) }
        return MHD_queue_response(connection, UInt32(response.status), made)
    }

    /// Makes room for an answer, until its exchange ends.
    private func reserve(_ count: Int, _ exchange: Exchange) -> Bool {
        state.withLock { state in
            guard state.waitingBytes + count <= settings.answerBytes else { return false }
            state.waitingBytes += count
            exchange.waitingBytes = count
            return true
        }
    }
}

/// Gives the library a stream's bytes; the library owns it, and frees it with the response.
private final class StreamReader {
    private let stream: ResponseStream
    private let server: HTTPServer
    private let connection: OpaquePointer

    init(stream: ResponseStream, server: HTTPServer, connection: OpaquePointer) {
        self.stream = stream
        self.server = server
        self.connection = connection
    }

    func response() -> OpaquePointer? {
        cmicrohttpd_stream(
            { context, _, buffer, size in
                let reader = Unmanaged<StreamReader>.fromOpaque(context!).takeUnretainedValue()
                return reader.stream.read(
                    into: UnsafeMutableRawBufferPointer(start: buffer, count: size), connection: reader.connection
                ) { reader.server.suspend(reader.connection) }
            }, Unmanaged.passRetained(self).toOpaque(),
            { context in
                let reader = Unmanaged<StreamReader>.fromOpaque(context!).takeRetainedValue()
                reader.server.state.withLock { $0.streams -= 1 }
                reader.stream.finish()
            })
    }
}
