/// A number that a metric can have.
protocol SampleValue {
    var sample: Double { get }
}

extension Double: SampleValue { var sample: Double { self } }
extension Int: SampleValue { var sample: Double { Double(self) } }
extension Int64: SampleValue { var sample: Double { Double(self) } }
extension UInt: SampleValue { var sample: Double { Double(self) } }
