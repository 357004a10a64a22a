internal import Foundation

/// Where a command writes: results to standard output, everything about them to standard error.
///
/// It is a value, so that a command can be tested with a console that collects what is written.
public struct Console: Sendable {
    public enum Stream: Sendable { case output, error }
    public enum ColorMode: String, Sendable { case auto, always, never }

    /// Whether each stream is a terminal: only there are styles, truncation and moving lines used.
    public var outputIsTerminal: Bool
    public var errorIsTerminal: Bool
    /// Columns of the terminal; 80 where there is none.
    public var width: Int
    public var color: ColorMode
    /// The NO_COLOR convention: any value that is not empty. `--color always` wins over it.
    public var noColor: Bool
    public var isQuiet: Bool
    private let sink: @Sendable (Stream, String) -> Void

    public init(
        outputIsTerminal: Bool = false, errorIsTerminal: Bool = false, width: Int = 80, color: ColorMode = .auto,
        noColor: Bool = false, isQuiet: Bool = false, sink: @escaping @Sendable (Stream, String) -> Void
    ) {
        self.outputIsTerminal = outputIsTerminal
        self.errorIsTerminal = errorIsTerminal
        self.width = width
        self.color = color
        self.noColor = noColor
        self.isQuiet = isQuiet
        self.sink = sink
    }

    /// The process's own standard streams.
    public static func standard() -> Console { standard(environment: ProcessInfo.processInfo.environment) }

    static func standard(environment: [String: String]) -> Console {
        // A dumb terminal (an editor's, a build log's) shows escape sequences as rubbish.
        let isDumb = environment["TERM"] == "dumb"
        return Console(
            outputIsTerminal: isatty(STDOUT_FILENO) == 1 && !isDumb,
            errorIsTerminal: isatty(STDERR_FILENO) == 1 && !isDumb,
            width: terminalWidth(environment),
            noColor: !(environment["NO_COLOR"] ?? "").isEmpty
        ) { stream, text in
            var text = text
            text.withUTF8 { writeAll($0, to: stream == .output ? STDOUT_FILENO : STDERR_FILENO) }
        }
    }

    public var style: Style { Style(isOn: isStyled(outputIsTerminal)) }
    public var errorStyle: Style { Style(isOn: isStyled(errorIsTerminal)) }

    private func isStyled(_ isTerminal: Bool) -> Bool {
        switch color {
        case .always: true
        case .never: false
        case .auto: isTerminal && !noColor
        }
    }

    /// A line of the result, to standard output.
    public func print(_ text: String = "", terminator: String = "\n") { sink(.output, text + terminator) }
    public func print(_ table: Table) { sink(.output, table.rendered(on: self)) }
    public func print(_ json: OrderedJSON, pretty: Bool = true) { sink(.output, json.encoded(pretty: pretty) + "\n") }

    /// News for a person, to standard error; nothing with `--quiet`.
    public func note(_ text: String) {
        if !isQuiet { sink(.error, text + "\n") }
    }

    /// Always shown: something is not as it should be, but the command goes on.
    public func warn(_ text: String) { sink(.error, errorStyle.yellow("warning: ") + text + "\n") }

    /// Always shown: why the command fails.
    public func fail(_ text: String) { sink(.error, errorStyle.red(errorStyle.bold("error: ")) + text + "\n") }

    /// Text as it is, to standard error: for progress.
    func writeError(_ text: String) { sink(.error, text) }

    private static func terminalWidth(_ environment: [String: String]) -> Int {
        for descriptor in [STDOUT_FILENO, STDERR_FILENO] {
            var size = winsize()
            if ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 { return Int(size.ws_col) }
        }
        return environment["COLUMNS"].flatMap { Int($0) }.flatMap { $0 >= 20 ? $0 : nil } ?? 80
    }

    private static func writeAll(_ bytes: UnsafeBufferPointer<UInt8>, to descriptor: Int32) {
        var rest = UnsafeRawBufferPointer(bytes)
        while !rest.isEmpty {
            let written = write(descriptor, rest.baseAddress, rest.count)
            if written < 0 && errno == EINTR { continue }
            // The reader has gone (`| head`), or the disk is full: there is nobody left to tell.
            if written <= 0 { return }
            rest = UnsafeRawBufferPointer(rebasing: rest[written...])
        }
    }
}
