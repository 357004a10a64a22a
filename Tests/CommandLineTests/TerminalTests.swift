import Testing

@testable import CommandLine

@Suite struct TerminalTests {
    private func table() -> Table {
        var table = Table(["GROUP", "LAG", "NOTE"])
        table.add("ingest", "1,754,155", .init("behind", .bad))
        table.add("train", "0", "a long remark that does not fit a narrow terminal")
        return table
    }

    @Test func tablesAlignNumbersToTheRightAndAreNotCutWhenPiped() {
        let recorder = Recorder()
        recorder.console(width: 30).print(table())
        #expect(
            recorder.output
                == "GROUP         LAG  NOTE\ningest  1,754,155  behind\n"
                + "train           0  a long remark that does not fit a narrow terminal\n")
    }

    @Test func tablesOnATerminalAreStyledAndFit() {
        let recorder = Recorder()
        recorder.console(terminal: true, width: 40, noColor: true).print(table())
        #expect(recorder.output.split(separator: "\n").allSatisfy { $0.count <= 40 })
        #expect(recorder.output.contains("…"))
        let styled = Recorder()
        styled.console(terminal: true).print(table())
        #expect(styled.output.contains("\u{1B}[1mGROUP\u{1B}[0m"))
        #expect(styled.output.contains("\u{1B}[31mbehind\u{1B}[0m"))
    }

    @Test func whatACellHoldsMovesNoCursorAndBeginsNoLine() {
        let recorder = Recorder()
        var table = Table(["GROUP", "LAG"])
        table.add("a\u{1B}[2J\r\nb\u{9B}1m", "0")
        recorder.console(terminal: true, noColor: true).print(table)
        #expect(recorder.output == "GROUP        LAG\na\u{FFFD}[2J\u{FFFD}\u{FFFD}b\u{FFFD}1m    0\n")
    }

    @Test func coloursAreForTerminalsUnlessAskedForOtherwise() {
        let recorder = Recorder()
        #expect(recorder.console(terminal: true).style.isOn)
        #expect(!recorder.console(terminal: false).style.isOn)
        #expect(!recorder.console(terminal: true, noColor: true).style.isOn)
        #expect(!recorder.console(terminal: true, color: .never).style.isOn)
        #expect(recorder.console(terminal: false, color: .always, noColor: true).style.isOn)
    }

    @Test func progressTellsShareRateAndTimeLeft() {
        var line = ProgressLine(label: "reading", total: 1_000_000, unit: "rows")
        #expect(line.text(at: .zero) == "reading  0 %  0 of 1,000,000 rows")
        for second in 1...4 { line.update(done: second * 100_000, at: .seconds(second)) }
        #expect(line.text(at: .seconds(4)) == "reading  40 %  400,000 of 1,000,000 rows  100k/s  6s left")
        #expect(line.summary(at: .seconds(4)) == "reading  400,000 rows in 4s, 100k/s")
    }

    @Test func theRateIsThatOfTheLastSeconds() {
        var line = ProgressLine(label: "x", total: nil, unit: nil)
        for second in 1...60 { line.update(done: second * 1_000_000, at: .seconds(second)) }
        for second in 61...90 { line.update(done: 60_000_000 + (second - 60) * 1000, at: .seconds(second)) }
        let rate = line.rate(at: .seconds(90))
        #expect(rate == 1000)
    }

    @Test func progressMovesOnATerminalAndIsSilentWhenQuiet() {
        let moving = Recorder()
        let progress = Progress("sending", total: 10, unit: "rows", on: moving.console(terminal: true))
        progress.advance(by: 5)
        progress.finish()
        progress.finish()
        #expect(moving.error.hasPrefix("\r\u{1B}[Ksending  50 %"))
        #expect(moving.error.split(separator: "\n").count == 1)
        #expect(moving.output == "")
        let plain = Recorder()
        let other = Progress("sending", unit: "rows", on: plain.console())
        for _ in 0..<1000 { other.advance(by: 1) }
        other.finish()
        #expect(plain.error.hasPrefix("sending  1,000 rows in "))
        #expect(!plain.error.contains("\u{1B}"))
        let quiet = Recorder()
        let silent = Progress("sending", unit: "rows", on: quiet.console(terminal: true, quiet: true))
        silent.advance(by: 5)
        silent.finish()
        #expect(quiet.error == "")
    }

    @Test func aStopWakesEveryWaiterAndTheSecondIsTold() async {
        let stop = StopSignal()
        async let first = stop.wait()
        async let second = stop.wait()
        #expect(!stop.isRaised)
        #expect(stop.raise(.terminate))
        #expect(!stop.raise(.interrupt))
        let reasons = await [first, second, stop.wait()]
        #expect(reasons == [.terminate, .terminate, .terminate])
        #expect(stop.reason?.exitCode == .terminated)
    }

    @Test func cancellationEndsTheWait() async {
        let stop = StopSignal()
        let waiting = Task { await stop.wait() }
        waiting.cancel()
        #expect(await waiting.value == .requested)
        #expect(!stop.isRaised)
    }
}
