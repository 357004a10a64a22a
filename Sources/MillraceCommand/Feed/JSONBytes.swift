/// Writing JSON from the bytes of a file, without a string for any value.
enum JSONBytes {
    /// Whether the bytes are a number as JSON writes it: `-12.50e3`, but neither `007` nor `+1` nor `.5`.
    static func isNumber(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var index = 0
        func digits() -> Int {
            let start = index
            while index < bytes.count, bytes[index] &- 48 < 10 { index += 1 }
            return index - start
        }
        if index < bytes.count, bytes[index] == UInt8(ascii: "-") { index += 1 }
        let first = index
        let whole = digits()
        guard whole > 0, whole == 1 || bytes[first] != 48 else { return false }
        if index < bytes.count, bytes[index] == UInt8(ascii: ".") {
            index += 1
            guard digits() > 0 else { return false }
        }
        if index < bytes.count, bytes[index] | 32 == UInt8(ascii: "e") {
            index += 1
            if index < bytes.count, bytes[index] == UInt8(ascii: "+") || bytes[index] == UInt8(ascii: "-") {
                index += 1
            }
            guard digits() > 0 else { return false }
        }
        return index == bytes.count
    }

    /// Appends a value in its style; an empty field is null.
    static func append(_ field: UnsafeRawBufferPointer, _ style: EventLayout.Style, to output: inout [UInt8]) {
        if field.isEmpty {
            output.append(contentsOf: "null".utf8)
            return
        }
        switch style {
        case .automatic where isNumber(field): output.append(contentsOf: field)
        case .boolean:
            switch String(decoding: field, as: UTF8.self).lowercased() {
            case "1", "true", "t", "yes": output.append(contentsOf: "true".utf8)
            case "0", "false", "f", "no": output.append(contentsOf: "false".utf8)
            // Not one: the worker sets it aside and says so.
            default: appendString(field, to: &output)
            }
        case .automatic, .text: appendString(field, to: &output)
        }
    }

    static func appendString(_ bytes: UnsafeRawBufferPointer, to output: inout [UInt8]) {
        output.append(UInt8(ascii: "\""))
        var start = 0
        for index in 0..<bytes.count {
            let byte = bytes[index]
            guard byte < 32 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") else { continue }
            output.append(contentsOf: UnsafeRawBufferPointer(rebasing: bytes[start..<index]))
            start = index + 1
            output.append(UInt8(ascii: "\\"))
            if byte >= 32 {
                output.append(byte)
            } else {
                output.append(contentsOf: "u00".utf8)
                output.append(hexadecimal[Int(byte >> 4)])
                output.append(hexadecimal[Int(byte & 15)])
            }
        }
        output.append(contentsOf: UnsafeRawBufferPointer(rebasing: bytes[start...]))
        output.append(UInt8(ascii: "\""))
    }

    private static let hexadecimal = Array("0123456789abcdef".utf8)
}
