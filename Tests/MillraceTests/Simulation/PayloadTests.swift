import Foundation
import Testing

import Millrace
@testable import MillraceCore
@testable import MillraceStream

@Suite struct PayloadTests {
    private func batch() throws -> TransactionBatch {
        var simulator = try TransactionSimulator(TransactionSimulatorTests.small(days: 2))
        return simulator.nextBatch(max: 2000)
    }

    private func date(_ seconds: Int) -> String {
        String(Timestamp(microseconds: Int64(seconds) * 1_000_000).description.dropLast())
    }

    @Test func everyTransactionReadsBackFromItsJSON() throws {
        let batch = try batch()
        let buffer = PayloadBuffer(capacity: 1)
        var writer = TransactionJSONWriter()
        writer.append(batch, to: buffer)
        #expect(buffer.count == batch.count)
        for row in stride(from: 0, to: batch.count, by: 7) {
            let object = try #require(
                try JSONSerialization.jsonObject(with: Data(buffer[row])) as? [String: Any])
            #expect(object["tx_id"] as? Int == batch.ids[row])
            #expect(object["datetime"] as? String == date(batch.seconds[row]))
            #expect(object["customer"] as? Int == Int(batch.customers[row]))
            #expect(object["terminal"] as? Int == Int(batch.terminals[row]))
            let amount = try #require(object["amount"] as? Double)
            #expect(Int((amount * 100).rounded()) == Int(batch.cents[row]))
            #expect(object.count == 5)
        }
    }

    @Test(arguments: [95, 100, 105, 118, 155, 1000])
    func paddedTransactionsHaveTheSizeAskedForAndAreStillJSON(_ size: Int) throws {
        let batch = try batch()
        let buffer = PayloadBuffer(capacity: 1)
        var writer = TransactionJSONWriter(size: size)
        writer.append(batch, to: buffer)
        for row in 0..<200 {
            #expect(buffer[row].count == size)
            let object = try JSONSerialization.jsonObject(with: Data(buffer[row])) as? [String: Any]
            #expect(object?["tx_id"] as? Int == batch.ids[row])
        }
    }

    @Test func linesOfCSVHaveTheColumnsOfTheirHeader() throws {
        let batch = try batch()
        let buffer = PayloadBuffer(capacity: 1)
        var writer = TransactionCSVWriter()
        writer.append(batch, rows: 5..<6, to: buffer)
        let amount = "\(batch.cents[5] / 100)." + (batch.cents[5] % 100 < 10 ? "0" : "") + "\(batch.cents[5] % 100)"
        let expected =
            "\(batch.ids[5]),\(date(batch.seconds[5])),\(batch.customers[5]),\(batch.terminals[5]),\(amount),"
            + "\(batch.isFraud(5) ? 1 : 0),\(batch.scenarios[5])\n"
        #expect(String(decoding: buffer[0], as: UTF8.self) == expected)
        #expect(
            TransactionCSVWriter.header.split(separator: ",").count == expected.split(separator: ",").count)
    }

    @Test func aLabelSaysWhatWhenAndWhether() {
        let buffer = PayloadBuffer()
        var writer = TransactionJSONWriter()
        let reported = Timestamp(rfc3339: "2018-04-08T00:00:31Z")!
        writer.append(.init(event: 123, reported: reported, isFraud: true), to: buffer)
        writer.append(.init(event: 0, reported: reported, isFraud: false), to: buffer)
        #expect(
            String(decoding: buffer[0], as: UTF8.self)
                == #"{"tx_id":123,"reported":"2018-04-08T00:00:31","fraud":1}"#)
        #expect(
            String(decoding: buffer[1], as: UTF8.self) == #"{"tx_id":0,"reported":"2018-04-08T00:00:31","fraud":0}"#)
    }

    @Test func aBufferKeepsItsPayloadsWhileItGrowsAndForgetsThemWhenTold() {
        let buffer = PayloadBuffer(capacity: 1)
        for number in 0..<5000 { Array("payload \(number)".utf8).withUnsafeBytes { buffer.append($0) } }
        #expect(buffer.count == 5000)
        #expect(String(decoding: buffer[4321], as: UTF8.self) == "payload 4321")
        buffer.removeAll()
        #expect(buffer.isEmpty && buffer.bytes.isEmpty)
    }
}
