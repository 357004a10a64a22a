extension NPYArray {
    /// Reads a file written by Millrace or NumPy: any version of the format, the types of `NPYType`, C order, one or two
    /// dimensions. `name` is what an error calls it.
    public init(decoding file: [UInt8], name: String) throws(DatasetError) {
        func damaged(_ found: String) -> DatasetError {
            DatasetError(.damaged, "\(name): expected an NPY file, found \(found)")
        }
        guard file.count >= 12, file[0] == 0x93, Array("NUMPY".utf8) == Array(file[1..<6]) else {
            throw damaged("\(file.count) bytes without its signature")
        }
        let start: Int
        let length: Int
        switch file[6] {
        case 1:
            start = 10
            length = Int(file[8]) | Int(file[9]) << 8
        case 2, 3:
            start = 12
            length = Int(file[8]) | Int(file[9]) << 8 | Int(file[10]) << 16 | Int(file[11]) << 24
        default: throw damaged("version \(file[6]).\(file[7]) of it")
        }
        guard length <= file.count - start else { throw damaged("a header of \(length) bytes in \(file.count)") }
        let header = NPYHeader(Array(file[start..<start + length]))
        guard let header else { throw damaged("a header that cannot be read") }
        guard !header.isFortranOrder else { throw damaged("Fortran order; only C order is read") }
        var elements = 1
        for dimension in header.shape {
            let (product, overflow) = elements.multipliedReportingOverflow(by: dimension)
            guard !overflow else { throw damaged("a shape of \(header.shape)") }
            elements = product
        }
        let (bytes, overflow) = elements.multipliedReportingOverflow(by: header.type.size)
        let body = file.count - start - length
        guard !overflow, bytes == body else {
            throw damaged("\(body) bytes of data for a shape of \(header.shape) of \(header.type.description)")
        }
        self.init(type: header.type, shape: header.shape, data: Array(file[(start + length)...]))
    }
}

/// The Python dictionary at the head of an NPY file.
private struct NPYHeader {
    var type: NPYType = .int8
    var isFortranOrder = false
    var shape: [Int] = []

    /// Nil for anything but a dictionary of exactly `descr`, `fortran_order` and `shape`.
    init?(_ bytes: [UInt8]) {
        guard bytes.allSatisfy({ $0 < 128 }) else { return nil }
        var rest = Substring(String(decoding: bytes, as: UTF8.self))
        func skip(_ token: Substring) -> Bool {
            rest = rest.drop { $0 == " " || $0 == "\n" }
            guard rest.hasPrefix(token) else { return false }
            rest = rest.dropFirst(token.count)
            return true
        }
        func text() -> Substring? {
            guard skip("'"), let end = rest.firstIndex(of: "'") else { return nil }
            defer { rest = rest[rest.index(after: end)...] }
            return rest[..<end]
        }
        guard skip("{") else { return nil }
        var seen: Set<Substring> = []
        while !skip("}") {
            guard let key = text(), skip(":"), seen.insert(key).inserted else { return nil }
            switch key {
            case "descr":
                guard let found = text().flatMap(NPYType.init(description:)) else { return nil }
                type = found
            case "fortran_order":
                isFortranOrder = skip("True")
                guard isFortranOrder || skip("False") else { return nil }
            case "shape":
                guard skip("(") else { return nil }
                while !skip(")") {
                    rest = rest.drop { $0 == " " }
                    let digits = rest.prefix { $0.isNumber }
                    guard let dimension = Int(digits), shape.count < 2 else { return nil }
                    rest = rest.dropFirst(digits.count)
                    shape.append(dimension)
                    _ = skip(",")
                }
            default: return nil
            }
            _ = skip(",")
        }
        rest = rest.drop { $0 == " " || $0 == "\n" }
        guard seen.count == 3, !shape.isEmpty, rest.isEmpty else { return nil }
    }
}
