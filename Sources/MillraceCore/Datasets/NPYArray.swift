/// An array in NumPy's NPY format, version 1.0 (C order). Its data begin at a multiple of 64 bytes, so that NumPy maps
/// the file without a copy: `numpy.load(path, mmap_mode="r")`.
///
/// Source of the format: the NumPy Enhancement Proposal 1 and the documentation of `numpy.lib.format`.
public struct NPYArray: Sendable, Equatable {
    public var type: NPYType
    /// One or two dimensions.
    public var shape: [Int]
    /// The elements, row by row, little-endian.
    public var data: [UInt8]

    public init(type: NPYType, shape: [Int], data: [UInt8]) {
        self.type = type
        self.shape = shape
        self.data = data
    }

    public init(_ values: [Double], columns: Int? = nil) {
        let shape = columns.map { [$0 == 0 ? 0 : values.count / $0, $0] } ?? [values.count]
        self.init(type: .float64, shape: shape, data: values.withUnsafeBytes { Array($0) })
    }

    public init(_ values: [Int64]) {
        self.init(type: .int64, shape: [values.count], data: values.withUnsafeBytes { Array($0) })
    }

    public init(_ values: [Int8]) {
        self.init(type: .int8, shape: [values.count], data: values.withUnsafeBytes { Array($0) })
    }

    /// The whole file.
    public var encoded: [UInt8] {
        let dimensions = shape.count == 1 ? "\(shape[0])," : shape.map(String.init).joined(separator: ", ")
        var header = "{'descr': '\(type.description)', 'fortran_order': False, 'shape': (\(dimensions)), }"
        let unpadded = 10 + header.utf8.count + 1
        header += String(repeating: " ", count: (64 - unpadded % 64) % 64) + "\n"
        var bytes: [UInt8] = [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59, 1, 0]
        bytes.reserveCapacity(10 + header.utf8.count + data.count)
        bytes.append(UInt8(header.utf8.count & 255))
        bytes.append(UInt8(header.utf8.count >> 8))
        bytes.append(contentsOf: header.utf8)
        bytes.append(contentsOf: data)
        return bytes
    }

    public var doubles: [Double]? {
        guard type == .float64 else { return nil }
        return [Double](unsafeUninitializedCapacity: data.count / 8) { buffer, count in
            UnsafeMutableRawBufferPointer(buffer).copyBytes(from: data)
            count = data.count / 8
        }
    }

    public var integers: [Int64]? {
        switch type {
        case .int64:
            [Int64](unsafeUninitializedCapacity: data.count / 8) { buffer, count in
                UnsafeMutableRawBufferPointer(buffer).copyBytes(from: data)
                count = data.count / 8
            }
        case .int8: data.map { Int64(Int8(bitPattern: $0)) }
        default: nil
        }
    }
}
