/// Numbers as JSON has them.
enum InputNumber {
    /// The shortest text from which the same number is read again; whole ones are without a
    /// fraction. The number has to be finite, for JSON has no others.
    static func text(_ number: Double) -> String {
        Int32(exactly: number).map(String.init) ?? number.description
    }

    /// A range in words.
    static func text(_ range: ClosedRange<Double>) -> String {
        "\(text(range.lowerBound)) to \(text(range.upperBound))"
    }
}
