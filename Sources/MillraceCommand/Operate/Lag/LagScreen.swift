import CommandLine
import Millrace

/// The live view: a value that keys change.
struct LagScreen {
    enum Sorting: String, CaseIterable {
        case name, lag, seconds, verdict
    }

    /// As they were seen last.
    private(set) var groups: [GroupObservation] = []
    /// What the last look could not read.
    private(set) var trouble: [String] = []
    /// Since when the brokers have not answered, and what they said; nil while they do.
    private(set) var silence: (since: Timestamp, reason: String)?
    private(set) var sorting = Sorting.name
    private(set) var isOver = false
    /// The group whose partitions are shown; nil for all groups.
    private(set) var opened: String?
    private var picked: String?

    var sorted: [GroupObservation] {
        switch sorting {
        // As they came: the way of the data, or by name.
        case .name: groups
        case .lag: groups.sorted { $0.lag > $1.lag }
        case .seconds: groups.sorted { ($0.age.seconds ?? -1) > ($1.age.seconds ?? -1) }
        case .verdict: groups.sorted { Self.gravity($0.verdict.code) > Self.gravity($1.verdict.code) }
        }
    }

    private static func gravity(_ code: LagVerdict.Code) -> Int { LagVerdict.Code.allCases.firstIndex(of: code)! }

    private var pickedIndex: Int { sorted.firstIndex { $0.group == picked } ?? 0 }

    /// What all could be read of.
    var isComplete: Bool { trouble.isEmpty && silence == nil }

    mutating func show(_ groups: [GroupObservation], trouble: [String]) {
        (self.groups, self.trouble, silence) = (groups, trouble, nil)
    }

    /// The last look found nobody. What was seen before stays.
    mutating func showSilence(_ reason: String, at time: Timestamp) {
        silence = (silence?.since ?? time, reason)
    }

    /// Says that what is shown is old.
    var silenceText: String? {
        silence.map { "the brokers have not answered since \($0.since): \($0.reason)" }
    }

    mutating func press(_ key: KeyboardMode.Key) {
        let all = sorted
        switch key {
        case .character("q"): isOver = true
        case .character("s"):
            sorting = Sorting.allCases[(Sorting.allCases.firstIndex(of: sorting)! + 1) % Sorting.allCases.count]
        case .up, .character("k"): if !all.isEmpty { picked = all[max(0, pickedIndex - 1)].group }
        case .down, .character("j"): if !all.isEmpty { picked = all[min(all.count - 1, pickedIndex + 1)].group }
        case .enter: opened = opened == nil && !all.isEmpty ? all[pickedIndex].group : nil
        case .escape: opened = nil
        case .character: break
        }
    }

    /// What to show in so many lines.
    func lines(on console: Console, height: Int) -> [String] {
        let style = console.style
        let table: Table
        var line = 0
        if let opened, let group = groups.first(where: { $0.group == opened }) {
            table = LagTable.partitions([group], isWide: true)
        } else {
            table = LagTable.groups(sorted, picked: pickedIndex)
            line = pickedIndex
        }
        var rows = table.rendered(on: console).split(separator: "\n").map(String.init)
        let heading = rows.isEmpty ? "" : rows.removeFirst()
        let room = max(1, height - 4 - trouble.count - (silence == nil ? 0 : 1))
        // The picked row stays in sight.
        let first = max(0, min(line - room / 2, rows.count - room))
        var lines = silenceText.map { [style.red("Old: \($0)")] } ?? []
        lines += [style.dim("sorted by \(sorting.rawValue)   s sort  ↑↓ pick  ⏎ open/close  q quit"), heading]
        lines += rows[first..<min(rows.count, first + room)]
        if opened == nil, let picked = sorted.indices.contains(pickedIndex) ? sorted[pickedIndex] : nil {
            lines.append(style.dim("\(picked.group): \(picked.verdict.reason)"))
        }
        lines += trouble.map { style.red("not shown: \($0)") }
        return lines
    }

    func draw(on console: Console) {
        let text = lines(on: console, height: KeyboardMode.height).map { $0 + "\u{1B}[K" }.joined(separator: "\n")
        console.print("\u{1B}[H" + text + "\n\u{1B}[J", terminator: "")
    }
}
