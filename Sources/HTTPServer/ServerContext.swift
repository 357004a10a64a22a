import CMicrohttpd
import Synchronization

/// What the library's callbacks are given. It exists before the server does, and a callback that comes before the server
/// is there answers nothing.
final class ServerContext: Sendable {
    let server = Mutex<HTTPServer?>(nil)

    static func install(in options: inout cmicrohttpd_settings) {
        options.request_line = { context, target, _ in
            guard let server = ServerContext.server(context), let target else { return nil }
            return server.begin(target: String(cString: target))
        }
        options.connection = { context, connection, place, event in
            guard let server = ServerContext.server(context), let connection, let place else { return }
            server.connection(connection, place, isStarting: event == .CONNECTION_NOTIFY_STARTED)
        }
        options.request = { context, connection, _, method, _, upload, size, place in
            guard let server = ServerContext.server(context), let connection, let method, let size,
                let exchange = place?.pointee
            else { return .NO }
            let bytes = UnsafeRawBufferPointer(start: size.pointee > 0 ? upload : nil, count: size.pointee)
            size.pointee = 0
            return server.advance(
                Unmanaged<Exchange>.fromOpaque(exchange).takeUnretainedValue(), connection,
                method: String(cString: method), upload: bytes)
        }
        options.completed = { context, connection, place, _ in
            guard let place, let pointer = place.pointee else { return }
            place.pointee = nil
            let exchange = Unmanaged<Exchange>.fromOpaque(pointer).takeRetainedValue()
            ServerContext.server(context)?.end(exchange, connection)
        }
    }

    private static func server(_ context: UnsafeMutableRawPointer?) -> HTTPServer? {
        context.flatMap { Unmanaged<ServerContext>.fromOpaque($0).takeUnretainedValue().server.withLock { $0 } }
    }
}
