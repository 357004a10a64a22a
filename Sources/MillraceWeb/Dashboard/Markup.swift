import Millrace

/// What comes from outside goes into a page through this alone.
func escape(_ text: String) -> String { HTMLText.escape(text) }

/// A tone that says what a word says, for those who see colours.
enum Tone: String {
    case good, bad, open, quiet, accent

    init(_ state: RunSummary.State) {
        switch state {
        case .published: self = .good
        case .failed: self = .bad
        case .refused, .inconclusive, .awaitingApproval: self = .open
        case .queued, .running, .trained: self = .accent
        case .rejected, .merged: self = .quiet
        }
    }

    init(_ verdict: FeatureDrift.Verdict) {
        switch verdict {
        case .stable: self = .good
        case .moderate: self = .open
        case .strong: self = .bad
        case .unknown: self = .quiet
        }
    }

    init(_ severity: LagVerdict.Severity) {
        switch severity {
        case .ok: self = .good
        case .warning: self = .open
        case .error: self = .bad
        }
    }
}

enum Markup {
    static func chip(_ text: String, _ tone: Tone) -> String {
        "<span class=\"chip \(tone.rawValue)\">\(escape(text))</span>"
    }

    static func time(_ time: Timestamp) -> String {
        "<time datetime=\"\(time)\">\(Words.moment(time))</time>"
    }

    /// Two days that stay in one line.
    static func span(_ window: Window) -> String { "<span class=\"span\">\(Words.span(window))</span>" }

    static func link(version: Int) -> String {
        // Versions are listed newest first: the page that begins with this one.
        "<a href=\"/models?before=\(version + 1)#version-\(version)\">\(version)</a>"
    }

    static func link(run: String) -> String {
        // Names of runs are made of letters, digits and dashes; what is not is a path of its own.
        let path = run.addingPercentEncodingForPath
        return "<a href=\"/runs/\(escape(path))\">\(escape(run))</a>"
    }

    /// - Parameter mark: an id for each row, made of its first cell: something to link to.
    static func table(
        _ caption: String, _ heads: [(text: String, isNumber: Bool)], _ rows: [[String]], mark: String? = nil
    ) -> String {
        let head = heads.map { "<th scope=\"col\"\($0.isNumber ? " class=\"number\"" : "")>\(escape($0.text))</th>" }
        let body = rows.map { row in
            "<tr\(mark.map { " id=\"\($0)-\(row[0])\"" } ?? "")>"
                + zip(row, heads).enumerated().map { index, pair in
                    let (cell, head) = pair
                    return index == 0
                        ? "<th scope=\"row\"\(head.isNumber ? " class=\"number\"" : "")>\(cell)</th>"
                        : "<td\(head.isNumber ? " class=\"number\"" : "")>\(cell)</td>"
                }.joined() + "</tr>"
        }
        return """
            <div class="scroll" tabindex="0" role="region" aria-label="\(escape(caption))"><table>\
            <caption>\(escape(caption))</caption><thead><tr>\(head.joined())</tr></thead>\
            <tbody>\(body.joined(separator: "\n"))</tbody></table></div>
            """
    }
}

extension String {
    var addingPercentEncodingForPath: String {
        var text = ""
        for byte in utf8 {
            switch byte {
            case 48...57, 65...90, 97...122, 45, 46, 95, 126: text.unicodeScalars.append(Unicode.Scalar(byte))
            default: text += "%" + Checksum.hexadecimal([byte])
            }
        }
        return text
    }
}
