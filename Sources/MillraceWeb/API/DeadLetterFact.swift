import Millrace

/// A dead letter as it may be shown.
public struct DeadLetterFact: Codable {
    /// Of a key or a value; the rest is where the record is.
    public static let bytesShown = 4096

    var topic: String
    var partition: Int
    var offset: Int64
    var time: Timestamp?
    var stage: Role
    var code: String
    var message: String
    /// Printable ASCII as it is, everything else as `\xNN`; absent without the permission.
    var key: String?
    var value: String?

    init(_ letter: DeadLetter, withBytes: Bool) {
        topic = letter.topic
        partition = letter.partition
        offset = letter.offset
        time = letter.timestampMilliseconds.flatMap { Timestamp(milliseconds: $0) }
        stage = letter.stage
        code = letter.code
        message = letter.message
        if withBytes {
            key = letter.key.map(Self.escaped)
            value = letter.value.map(Self.escaped)
        }
    }

    private static func escaped(_ bytes: [UInt8]) -> String {
        var text = ""
        for byte in bytes.prefix(bytesShown) {
            if byte == UInt8(ascii: "\\") {
                text += "\\\\"
            } else if (32..<127).contains(byte) {
                text.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                text += "\\x" + Checksum.hexadecimal([byte])
            }
        }
        return bytes.count > bytesShown ? text + "…" : text
    }
}
