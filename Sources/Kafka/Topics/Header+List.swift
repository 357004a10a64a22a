internal import Crdkafka

extension Header {
    static func all(of list: OpaquePointer) -> [Header] {
        (0..<rd_kafka_header_cnt(list)).compactMap { index in
            var name: UnsafePointer<CChar>?
            var value: UnsafeRawPointer?
            var size = 0
            guard rd_kafka_header_get_all(list, index, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR, let name
            else { return nil }
            return Header(
                String(cString: name), value.map { Array(UnsafeRawBufferPointer(start: $0, count: size)) })
        }
    }

    /// A list for the library; whoever receives it destroys it.
    static func makeList(_ headers: [Header]) -> OpaquePointer {
        let list = rd_kafka_headers_new(headers.count)!
        for header in headers {
            header.name.withCString { name in
                if let value = header.value {
                    // An empty array may have no address, and none would mean "no value".
                    var nothing: UInt8 = 0
                    value.withUnsafeBytes { bytes in
                        withUnsafePointer(to: &nothing) { empty in
                            _ = rd_kafka_header_add(
                                list, name, -1, bytes.baseAddress ?? UnsafeRawPointer(empty), bytes.count)
                        }
                    }
                } else {
                    _ = rd_kafka_header_add(list, name, -1, nil, 0)
                }
            }
        }
        return list
    }
}
