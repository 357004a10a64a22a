import Foundation
import Testing

@Suite struct BacktestTests {
    @Test func withoutDatasetsItSaysWhatMakesThem() throws {
        let folder = try TemporaryFolder()
        #expect(try ProgramRun.run(["init"], in: folder.url).code == 0)
        let run = try ProgramRun.run(["backtest"], in: folder.url)
        #expect(run.code == 1)
        #expect(run.error.contains("millrace run"))
    }

    @Test func spansThatContradictEachOtherAreRefused() throws {
        let folder = try TemporaryFolder()
        #expect(try ProgramRun.run(["init"], in: folder.url).code == 0)
        func refused(_ arguments: String...) throws -> String {
            let run = try ProgramRun.run(["backtest"] + arguments, in: folder.url)
            #expect(run.code == 2, "\(arguments)")
            return run.error
        }
        #expect(
            try refused(
                "--train", "2018-07-25..2018-07-31", "--delay", "7d", "--test", "2018-08-09..2018-08-14"
            ).contains("there are 8d"))
        #expect(try refused("--train", "2018-08-25..2018-08-31", "--test", "2018-08-01..2018-08-07").contains("after"))
        #expect(try refused("--test", "2018-08-08..2018-08-14").contains("--train"))
        #expect(try refused("--train", "2018-07-31..2018-07-25").contains("2018-07-25..2018-07-31"))
        #expect(try refused("--set", "rounds=many").contains("many"))
        #expect(try refused("--set", "eta").contains("name=value"))
    }
}
