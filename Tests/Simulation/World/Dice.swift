/// SplitMix64 (Steele, Lea, Flood, 2014): the only chance there is in a simulation.
public struct Dice: RandomNumberGenerator, Sendable {
    private var state: UInt64

    public init(_ seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 0x632B_E59B_D9B4_E019 }

    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }

    public mutating func below(_ limit: Int) -> Int { Int(next() % UInt64(max(1, limit))) }
    public mutating func within(_ range: ClosedRange<Int64>) -> Int64 {
        let count = UInt64(bitPattern: range.upperBound &- range.lowerBound) &+ 1
        // A range of all values has 2^64 of them: 0.
        return range.lowerBound &+ Int64(bitPattern: count == 0 ? next() : next() % count)
    }
    /// True once in `chances`.
    public mutating func one(in chances: Int) -> Bool { below(chances) == 0 }
    public mutating func pick<Element>(_ elements: [Element]) -> Element { elements[below(elements.count)] }
}
