import Foundation
import Testing

@testable import CommandLine

@Suite struct HelpTests {
    @Test func aCommandsHelpHasEverySection() async {
        let help = await Fixture.run("grind", "--help")
        #expect(help.code == .success)
        for part in [
            "Grind some grain.\n", "USAGE\n  mill grind [options] <grain> [<more>...]\n", "ARGUMENTS\n", "OPTIONS\n",
            "GLOBAL OPTIONS\n", "EXAMPLES\n", "EXIT CODES\n", "    mill grind --stones 4 rye.txt\n", "The river is dry",
            "-s, --stones <n>", "--[no-]dry-run",
            "    mill grind rye.txt\n", "-h, --help",
        ] {
            #expect(help.output.contains(part), "\(part) in\n\(help.output)")
        }
        let words = help.output.split { $0 == " " || $0 == "\n" }.joined(separator: " ")
        for part in [
            "from 1 to 8; default: 2; environment: MILL_STONES)", "one of coarse, medium, fine; default: medium)",
        ] {
            #expect(words.contains(part), "\(part) in\n\(words)")
        }
        #expect(!help.output.contains("\u{1B}"))
        let other = await Fixture.run("help", "grind")
        #expect(other.output == help.output)
    }

    @Test func aGroupsHelpListsItsCommandsAndNotTheHidden() async {
        let help = await Fixture.run("wheel", "-h").output
        #expect(help.contains("COMMANDS\n  stop  Stop it\n"))
        #expect(!help.contains("break"))
        #expect(await Fixture.run("--help").output.contains("completions  Print a completion script for a shell"))
    }

    @Test(arguments: [40, 60, 80, 100])
    func linesFitTheTerminal(_ width: Int) {
        let grind = Fixture.root.subcommands[0]
        let text = HelpPage(path: [Fixture.root, grind]).rendered(width: width, style: .plain)
        for line in text.split(separator: "\n") where !line.contains("mill grind") {
            #expect(line.count <= width, "\(line)")
        }
    }

    @Test func headingsAreBoldOnATerminal() async {
        #expect(await Fixture.run("--help", terminal: true).output.contains("\u{1B}[1mUSAGE\u{1B}[0m"))
        let never = await Fixture.run("--color", "never", "grind", "rye", terminal: true)
        #expect(!never.output.contains("\u{1B}"))
    }

    @Test func theReferenceHasEveryCommandAndKeepsItsTablesWhole() async {
        let text = await Fixture.run("help", "--markdown").output
        for part in [
            "# `mill`: commands", "## mill grind\n", "## mill wheel stop\n", "- [`mill wheel stop`](#mill-wheel-stop)",
            "| `-s, --stones <n>` |", "| 3 | The river is dry |", "```\nmill grind [options] <grain> [<more>...]\n```",
        ] {
            #expect(text.contains(part), "\(part)")
        }
        #expect(!text.contains("wheel break"))
        for line in text.split(separator: "\n") where line.hasPrefix("|") {
            #expect(line.replacingOccurrences(of: "\\|", with: "").count { $0 == "|" } == 3, "\(line)")
        }
        #expect(text.components(separatedBy: "```").count % 2 == 1)
    }
}
