internal import Foundation
internal import Synchronization

/// A terminal that hands over keys as they are pressed and does not show them, with the cursor hidden on a screen of its
/// own; as it was before when this is given up, in whatever way the program ends short of being killed.
public final class KeyboardMode: Sendable {
    public enum Key: Sendable, Equatable {
        case character(Character)
        case up, down, enter, escape
    }

    /// What to put back; nil once that is done.
    private static let before = Mutex<termios?>(nil)

    /// nil where standard input is no terminal.
    public init?() {
        guard isatty(STDIN_FILENO) == 1 else { return nil }
        var mode = termios()
        guard tcgetattr(STDIN_FILENO, &mode) == 0 else { return nil }
        Self.before.withLock { $0 = mode }
        // Ctrl-C goes on to be a signal; a stopped or dumped process would leave the terminal behind as it is.
        mode.c_lflag &= ~tcflag_t(ICANON | ECHO)
        withUnsafeMutableBytes(of: &mode.c_cc) { characters in
            characters[Int(VMIN)] = 0
            characters[Int(VTIME)] = 0
            characters[Int(VSUSP)] = 0
            characters[Int(VQUIT)] = 0
        }
        tcsetattr(STDIN_FILENO, TCSANOW, &mode)
        atexit { KeyboardMode.restoreTerminal() }
        Self.write("\u{1B}[?1049h\u{1B}[?25l\u{1B}[2J")
    }

    deinit { restore() }

    /// Puts the terminal back. Does nothing the second time.
    public func restore() { Self.restoreTerminal() }

    /// For ends that run no `deinit`.
    static func restoreTerminal() {
        let mode = before.withLock { mode in
            defer { mode = nil }
            return mode
        }
        guard var mode else { return }
        tcsetattr(STDIN_FILENO, TCSANOW, &mode)
        write("\u{1B}[?25h\u{1B}[?1049l")
    }

    private static func write(_ text: String) {
        let bytes = Array(text.utf8)
        _ = Foundation.write(STDOUT_FILENO, bytes, bytes.count)
    }

    /// Keys pressed since the last call; does not wait.
    public func keys() -> [Key] {
        var bytes = [UInt8](repeating: 0, count: 256)
        let count = read(STDIN_FILENO, &bytes, bytes.count)
        return count > 0 ? Self.keys(in: bytes.prefix(count)) : []
    }

    static func keys(in bytes: some Sequence<UInt8>) -> [Key] {
        var keys: [Key] = []
        var rest = Array(bytes)[...]
        while let byte = rest.popFirst() {
            switch byte {
            case 0x1B:
                // An arrow is ESC [ A, or ESC O A.
                guard let second = rest.first, second == 0x5B || second == 0x4F, rest.count > 1 else {
                    keys.append(.escape)
                    continue
                }
                rest = rest.dropFirst()
                // Parameters, then the letter that ends it.
                while let next = rest.first, next < 0x40 { rest = rest.dropFirst() }
                switch rest.popFirst() {
                case 0x41: keys.append(.up)
                case 0x42: keys.append(.down)
                default: break
                }
            case 0x0A, 0x0D: keys.append(.enter)
            case 0x20..<0x7F: keys.append(.character(Character(UnicodeScalar(byte))))
            default: break
            }
        }
        return keys
    }

    /// Lines of the terminal; 24 where that is not known.
    public static var height: Int {
        var size = winsize()
        return ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_row > 0 ? Int(size.ws_row) : 24
    }
}
