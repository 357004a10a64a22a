import MillraceCore

/// The transactions of one day in the order in which they were drawn, customer by customer.
struct UnsortedDay: Sendable {
    private var times: [Int32] = []
    private var customers: [Int32] = []
    private var terminals: [Int32] = []
    private var cents: [Int32] = []
    private var scenarios: [UInt8] = []
    private var order: [Int32] = []
    /// For each second of the day, where its rows begin.
    private var places: [Int32] = []

    mutating func removeAll() {
        times.removeAll(keepingCapacity: true)
        customers.removeAll(keepingCapacity: true)
        terminals.removeAll(keepingCapacity: true)
        cents.removeAll(keepingCapacity: true)
        scenarios.removeAll(keepingCapacity: true)
    }

    @inline(__always)
    mutating func append(_ time: Int32, _ customer: Int32, _ terminal: Int32, _ amount: Int32, _ scenario: UInt8) {
        times.append(time)
        customers.append(customer)
        terminals.append(terminal)
        cents.append(amount)
        scenarios.append(scenario)
    }

    /// Puts the rows in order of time, those of the same second as they were drawn, and numbers them. There are 86,400
    /// seconds in a day, so that counting them is faster than comparing rows.
    mutating func sort(into day: inout TransactionBatch, midnight: Int, firstID: Int) {
        places = Array(repeating: 0, count: 86_401)
        for time in times { places[Int(time) + 1] += 1 }
        for second in 1...86_400 { places[second] += places[second - 1] }
        order = Array(repeating: 0, count: times.count)
        for row in 0..<times.count {
            let second = Int(times[row])
            order[Int(places[second])] = Int32(row)
            places[second] += 1
        }
        day.removeAll()
        day.ids.append(contentsOf: firstID..<firstID + order.count)
        for row in order {
            let row = Int(row)
            day.seconds.append(midnight + Int(times[row]))
            day.customers.append(customers[row])
            day.terminals.append(terminals[row])
            day.cents.append(cents[row])
            day.scenarios.append(scenarios[row])
        }
    }
}
