internal import CXGBoost

/// The formats of a model's file. Both hold the same; either is read by this and newer versions of XGBoost.
public enum ModelFormat: String, Sendable, CaseIterable {
    /// Universal binary JSON: a quarter of the size.
    case ubj
    /// For people.
    case json
}

extension Booster {
    /// A model from bytes that `serialized` or another program's XGBoost wrote. The format is recognised.
    public convenience init(serialized bytes: [UInt8], threads: Int = 0) throws(XGBoostError) {
        // XGBoost 1.7 aborts the process on some inputs that are no model at all, rather than refusing them.
        guard bytes.first == UInt8(ascii: "{") else {
            throw XGBoostError(
                code: .invalidValue,
                message: "\(bytes.count) bytes are no XGBoost model: neither UBJ nor JSON begins so")
        }
        try self.init(parameters: threads > 0 ? [("nthread", String(threads))] : [])
        try withHandle { handle throws(XGBoostError) in
            let status = bytes.withUnsafeBytes {
                XGBoosterLoadModelFromBuffer(handle, $0.baseAddress, bst_ulong($0.count))
            }
            try check("reading a model", status)
        }
    }

    /// The model's bytes. The same data, parameters, seed and number of threads give the same bytes.
    public func serialized(as format: ModelFormat = .ubj) throws(XGBoostError) -> [UInt8] {
        var bytes: [UInt8] = []
        try withHandle { handle throws(XGBoostError) in
            var count: bst_ulong = 0
            var start: UnsafePointer<CChar>?
            try check(
                "writing a model",
                XGBoosterSaveModelToBuffer(handle, "{\"format\": \"\(format.rawValue)\"}", &count, &start))
            bytes = Array(UnsafeRawBufferPointer(start: start, count: Int(count)))
        }
        return bytes
    }

    /// A text stored with the model and its bytes, or nil.
    public func attribute(_ name: String) throws(XGBoostError) -> String? {
        var value: String?
        try withHandle { handle throws(XGBoostError) in
            var text: UnsafePointer<CChar>?
            var found: CInt = 0
            try check("reading an attribute", XGBoosterGetAttr(handle, name, &text, &found))
            value = found == 0 ? nil : text.map { String(cString: $0) }
        }
        return value
    }

    /// Stores a text with the model; nil removes it.
    public func setAttribute(_ name: String, _ value: String?) throws(XGBoostError) {
        try withHandle { handle throws(XGBoostError) in
            try check("setting an attribute", XGBoosterSetAttr(handle, name, value))
        }
    }
}
