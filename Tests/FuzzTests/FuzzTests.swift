import Testing

/// Every decoder against records that are nearly right. `make fuzz` feeds a million of them.
@Suite(.serialized) struct FuzzTests {
    private static let decoders: [FuzzedDecoder] =
        EventDecoders.all + MessageDecoders.all + FileDecoders.all + ProgramDecoders.all

    @Test func theSharesOfTheDecodersMakeAWhole() {
        #expect(Self.decoders.map(\.share).reduce(0, +) == 1000)
        #expect(Set(Self.decoders.map(\.name)).count == Self.decoders.count)
    }

    @Test(arguments: FuzzTests.decoders)
    func `whatever the bytes, they are accepted, or rejected with a reason`(decoder: FuzzedDecoder) throws {
        var run = FuzzRun(decoder)
        try run.run()
        print(run.report)
        // A record is never what stops a worker for a while. The machine may be busy: this is no measurement.
        #expect(run.slowest < .seconds(5), "\(run.slowestRecord.prefix(2000))")
        // Both ways are taken, or the run says little.
        #expect(run.rejected.values.reduce(0, +) > 0)
    }
}
