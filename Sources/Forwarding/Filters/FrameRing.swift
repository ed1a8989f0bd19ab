import RTP

/// What is known of a source's last frames, by their numbers. Bounded: a new one takes the place of
/// one that is as many numbers older as there are places.
struct FrameRing<Value: Sendable>: Sendable {
    private var places: [(number: Int64, value: Value)?]

    /// - Parameter capacity: how many places there are, 1 or more.
    init(capacity: Int) { places = Array(repeating: nil, count: max(1, capacity)) }

    var capacity: Int { places.count }

    private func place(_ number: Int64) -> Int {
        let rest = Int(number % Int64(places.count))
        return rest < 0 ? rest + places.count : rest
    }

    subscript(number: Int64) -> Value? {
        get {
            guard let entry = places[place(number)], entry.number == number else { return nil }
            return entry.value
        }
        set { places[place(number)] = newValue.map { (number, $0) } }
    }

    /// The nearest frame above a number, up to a highest one.
    func next(above number: Int64, through highest: Int64) -> Value? {
        guard highest > number else { return nil }
        for other in number + 1...min(highest, number + Int64(places.count)) {
            if let value = self[other] { return value }
        }
        return nil
    }
}

extension SourcePacket {
    /// The number of the frame that the packet is of: by its picture id, or by its timestamp where
    /// it has none.
    ///
    /// - Parameters:
    ///   - pictureID: of as many bits.
    ///   - bits: 0 for none.
    ///   - other: of a frame that is not far, and whose number has no end; nil for the first.
    func frameNumber(_ pictureID: UInt16, bits: Int, near other: Int64?) -> Int64 {
        let (number, size) = bits > 0 ? (UInt32(pictureID), bits) : (header.timestamp, 32)
        return other.map { unwrapped(number, bits: size, near: $0) } ?? Int64(number)
    }
}

/// The number without an end that is nearest to another and has the given lowest bits.
///
/// - Parameters:
///   - number: of as many bits.
///   - bits: 1 to 32.
///   - other: what it is to be near to.
func unwrapped(_ number: UInt32, bits: Int, near other: Int64) -> Int64 {
    let period = Int64(1) << Int64(bits)
    var step = (Int64(number) - other) % period
    if step < 0 { step += period }
    return other + (step >= period / 2 ? step - period : step)
}
