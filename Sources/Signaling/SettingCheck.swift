/// Refuses a setting that is out of its range.
///
/// - Parameter words: the range, as a person would write it.
/// - Throws: `.invalidConfiguration`, with the setting, its value and the range.
func check<Value: Comparable>(
    _ value: Value, _ name: String, in range: ClosedRange<Value>, _ words: String
) throws(SignalingError) {
    guard !range.contains(value) else { return }
    throw SignalingError(.invalidConfiguration, "\(name) is \(value): \(words)")
}

/// Refuses a number that is out of its range.
func check(_ value: Int, _ name: String, in range: ClosedRange<Int>) throws(SignalingError) {
    try check(value, name, in: range, "\(range.lowerBound) to \(range.upperBound)")
}

/// Refuses a time that is out of its range.
func check(_ value: Duration, _ name: String) throws(SignalingError) {
    try check(value, name, in: .milliseconds(10) ... .seconds(86_400), "10 ms to one day")
}

/// Refuses names of subprotocols that no header can carry (RFC 6455 §4.1), or that stand there
/// twice.
func check(subprotocols: [String]) throws(SignalingError) {
    for (index, name) in subprotocols.enumerated() {
        guard !name.isEmpty, name.utf8.allSatisfy(mayStandInToken) else {
            throw SignalingError(
                .invalidConfiguration,
                "subprotocols has \"\(name.prefix(80))\": letters, digits and !#$%&'*+-.^_`|~, without spaces")
        }
        guard !subprotocols[..<index].contains(name) else {
            throw SignalingError(.invalidConfiguration, "subprotocols has \"\(name.prefix(80))\" twice: each once")
        }
    }
}

/// Whether it is a character of a token (RFC 9110 §5.6.2).
private func mayStandInToken(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "a")...UInt8(ascii: "z"):
        true
    default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
    }
}
