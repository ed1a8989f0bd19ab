/// The line of JSON that a mode ends with. Members keep their order.
struct Report {
    private var members: [String]

    init(mode: String) {
        members = ["\"lib\":\"swift-webrtc\"", "\"mode\":\"\(mode)\""]
    }

    mutating func add(_ name: String, _ value: Int) {
        members.append("\"\(name)\":\(value)")
    }

    mutating func add(_ name: String, _ values: [Int]) {
        members.append("\"\(name)\":[" + values.map(String.init).joined(separator: ",") + "]")
    }

    /// With three decimals at most; JSON has no infinity, so a division by nothing reads as null.
    mutating func add(_ name: String, _ value: Double) {
        members.append("\"\(name)\":" + (value.isFinite ? "\((value * 1000).rounded() / 1000)" : "null"))
    }

    func print() {
        Swift.print("{" + members.joined(separator: ",") + "}")
    }
}

extension Array where Element == Double {
    /// The value below which `share` of the sorted values lie, by the nearest rank; not a number
    /// where there are none.
    func percentile(_ share: Double) -> Double {
        guard !isEmpty else { return .nan }
        let sorted = sorted()
        let rank = Int((share * Double(count)).rounded(.up))
        return sorted[Swift.min(Swift.max(rank - 1, 0), count - 1)]
    }
}

extension Duration {
    /// The duration in seconds, with its fraction.
    var inSeconds: Double { self / .seconds(1) }
    /// The duration in milliseconds, with its fraction.
    var inMilliseconds: Double { self / .milliseconds(1) }
}
