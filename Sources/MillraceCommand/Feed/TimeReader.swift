import Foundation
import Millrace

/// Reads times from the bytes of a file. Neighbouring rows mostly share their day: only a new one is looked up.
struct TimeReader {
    private let format: TimeFormat
    /// Nil for UTC.
    private let zone: TimeZone?
    private var day: [UInt8] = []
    private var midnight: Int64 = 0

    init(_ format: TimeFormat, zone name: String = "UTC") {
        self.format = format
        zone = name == "UTC" ? nil : TimeZone(identifier: name)
    }

    /// Nil when the bytes are no time in the format.
    mutating func read(_ bytes: UnsafeRawBufferPointer) -> Timestamp? {
        switch format {
        case .iso8601: return iso(bytes)
        case .unixSeconds: return unix(bytes, 1_000_000)
        case .unixMilliseconds: return unix(bytes, 1000)
        case .unixMicroseconds: return unix(bytes, 1)
        }
    }

    private func unix(_ bytes: UnsafeRawBufferPointer, _ unit: Int64) -> Timestamp? {
        let text = String(decoding: bytes, as: UTF8.self)
        if let whole = Int64(text) {
            let (value, overflow) = whole.multipliedReportingOverflow(by: unit)
            return overflow ? nil : Timestamp(microseconds: value)
        }
        guard let number = Double(text), abs(number) * Double(unit) < 9e18 else { return nil }
        return Timestamp(microseconds: Int64((number * Double(unit)).rounded()))
    }

    private mutating func iso(_ bytes: UnsafeRawBufferPointer) -> Timestamp? {
        let isPlain = bytes.count == 19 || bytes.count == 20 && bytes[19] == UInt8(ascii: "Z")
        if isPlain, zone == nil, bytes[13] == UInt8(ascii: ":"), bytes[16] == UInt8(ascii: ":"),
            bytes[10] == UInt8(ascii: "T") || bytes[10] == 32, day.elementsEqual(bytes[..<10]),
            let hour = two(bytes, 11), let minute = two(bytes, 14), let second = two(bytes, 17),
            hour < 24, minute < 60, second < 60
        {
            return Timestamp(microseconds: midnight + (hour * 3600 + minute * 60 + second) * 1_000_000)
        }
        let text = String(decoding: bytes, as: UTF8.self)
        guard var time = Timestamp(rfc3339: text) ?? Timestamp(rfc3339: text + "T00:00:00") else { return nil }
        let isZoned = text.last == "Z" || text.last == "z" || text.dropFirst(10).contains { $0 == "+" || $0 == "-" }
        if let zone, !isZoned {
            // The offset at the moment meant, which is known only once it has been taken off.
            var offset = 0
            for _ in 0..<2 {
                let moment = Double((time - .seconds(offset)).microseconds) / 1e6
                offset = zone.secondsFromGMT(for: Date(timeIntervalSince1970: moment))
            }
            time = time - .seconds(offset)
        } else if isPlain, zone == nil {
            day = Array(bytes[..<10])
            midnight = time.microseconds - Int64(time.microseconds % 86_400_000_000)
            if time.microseconds < 0 { day = [] }
        }
        return time
    }

    private func two(_ bytes: UnsafeRawBufferPointer, _ index: Int) -> Int64? {
        let (tens, ones) = (bytes[index] &- 48, bytes[index + 1] &- 48)
        return tens < 10 && ones < 10 ? Int64(tens) * 10 + Int64(ones) : nil
    }
}
