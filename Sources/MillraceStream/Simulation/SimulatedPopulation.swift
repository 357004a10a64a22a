import MillraceCore

/// The customers of a simulation, and the terminals that each of them uses. Made once, from the seed.
struct SimulatedPopulation: Sendable {
    private(set) var meanAmounts: [Double] = []
    /// exp(-transactions a day), as the Poisson draw wants it.
    private(set) var idleChances: [Double] = []
    /// Terminals of customer c: `reachable[starts[c]..<starts[c + 1]]`.
    private(set) var reachable: [Int32] = []
    private(set) var starts: [Int] = [0]

    init(_ parameters: SimulationParameters) {
        var random = SimulationRandom(seed: parameters.seed, stream: 1)
        let plane = SimulationParameters.plane
        let places = (0..<parameters.terminals).map { _ in
            (x: random.uniform(0, plane), y: random.uniform(0, plane))
        }
        let grid = Grid(places)
        for _ in 0..<parameters.customers {
            let (x, y) = (random.uniform(0, plane), random.uniform(0, plane))
            let mean = random.uniform(5, 100)
            meanAmounts.append(mean)
            idleChances.append(SimulationRandom.exponential(minus: random.uniform(0, 4)))
            grid.appendNeighbours(x, y, to: &reachable)
            starts.append(reachable.count)
        }
    }

    /// Terminals sorted into squares as wide as the radius: neighbours are in the nine around a place.
    private struct Grid {
        let places: [(x: Double, y: Double)]
        let side = Int(SimulationParameters.plane / SimulationParameters.radius)
        var members: [Int32] = []
        var starts: [Int] = []

        init(_ places: [(x: Double, y: Double)]) {
            self.places = places
            var squares: [[Int32]] = Array(repeating: [], count: side * side)
            for (index, place) in places.enumerated() {
                squares[square(place.y) * side + square(place.x)].append(Int32(index))
            }
            for square in squares {
                starts.append(members.count)
                members += square
            }
            starts.append(members.count)
        }

        func square(_ coordinate: Double) -> Int { min(side - 1, Int(coordinate / SimulationParameters.radius)) }

        func appendNeighbours(_ x: Double, _ y: Double, to found: inout [Int32]) {
            let limit = SimulationParameters.radius * SimulationParameters.radius
            for row in max(0, square(y) - 1)...min(side - 1, square(y) + 1) {
                let first = starts[row * side + max(0, square(x) - 1)]
                let last = starts[row * side + min(side - 1, square(x) + 1) + 1]
                for terminal in members[first..<last] {
                    let (dx, dy) = (places[Int(terminal)].x - x, places[Int(terminal)].y - y)
                    if dx * dx + dy * dy < limit { found.append(terminal) }
                }
            }
        }
    }
}
