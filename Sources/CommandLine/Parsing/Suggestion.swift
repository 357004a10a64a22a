/// Finds the name that somebody probably meant.
enum Suggestion {
    /// The nearest candidate within a third of the word's length (at least two edits, so that short words have a chance).
    static func nearest(to word: String, among candidates: [String]) -> String? {
        let limit = max(2, word.count / 3)
        let ranked =
            candidates
            .map { (name: $0, distance: distance(word, $0)) }
            .filter { $0.distance <= limit && $0.distance < max(word.count, $0.name.count) }
            .min { ($0.distance, $0.name) < ($1.distance, $1.name) }
        if let ranked { return ranked.name }
        // A word typed half is no typing mistake, but just as clear.
        let longer = candidates.filter { $0.hasPrefix(word) && word.count >= 2 }
        return longer.count == 1 ? longer[0] : nil
    }

    /// Optimal string alignment distance: insertions, deletions, replacements, and swaps of neighbours.
    static func distance(_ first: String, _ second: String) -> Int {
        let (a, b) = (Array(first), Array(second))
        var before: [Int] = []
        var above = Array(0...b.count)
        for i in 0..<a.count {
            var row = [i + 1]
            for j in 0..<b.count {
                var best = min(above[j + 1] + 1, row[j] + 1, above[j] + (a[i] == b[j] ? 0 : 1))
                if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { best = min(best, before[j - 1] + 1) }
                row.append(best)
            }
            (before, above) = (above, row)
        }
        return above[b.count]
    }
}
