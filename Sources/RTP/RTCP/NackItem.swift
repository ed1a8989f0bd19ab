/// Missing packets, the item of a generic NACK: one, and which of the 16 behind it (RFC 4585
/// §6.2.1).
public struct NackItem: Sendable, Hashable {
    /// The first that is missing.
    public var packetID: UInt16
    /// A bit for each of the next 16, the lowest for the next one.
    public var bitmask: UInt16

    /// Makes an item.
    public init(packetID: UInt16, bitmask: UInt16 = 0) {
        self.packetID = packetID
        self.bitmask = bitmask
    }

    /// Calls `body` with each sequence number that is missing, in order.
    public func forEach(_ body: (UInt16) -> Void) {
        body(packetID)
        for bit in 0..<16 as Range<UInt16> where bitmask & (1 << bit) != 0 { body(packetID &+ bit &+ 1) }
    }

    /// The fewest items for numbers that are in order, modulo 2^16.
    public static func items(for sequenceNumbers: some Sequence<UInt16>) -> [NackItem] {
        var items: [NackItem] = []
        for number in sequenceNumbers {
            if let last = items.last {
                let distance = number &- last.packetID
                if distance == 0 { continue }
                if distance <= 16 {
                    items[items.count - 1].bitmask |= 1 << (distance - 1)
                    continue
                }
            }
            items.append(NackItem(packetID: number))
        }
        return items
    }
}

extension Feedback {
    /// How many items a NACK has.
    public var nackCount: Int { kind == .nack ? items.count / 4 : 0 }

    /// An item of a NACK; `index` is below ``nackCount``.
    public func nack(_ index: Int, in compound: Span<UInt8>) -> NackItem {
        precondition((0..<nackCount).contains(index), "a NACK has \(nackCount) items")
        let place = items.lowerBound + 4 * index
        return NackItem(packetID: compound.uint16(at: place), bitmask: compound.uint16(at: place + 2))
    }
}

extension RTCPWriter {
    /// Says that packets of a source are missing. Nothing is written for none.
    public mutating func appendNack(from sender: UInt32, of media: UInt32, _ items: [NackItem]) {
        guard !items.isEmpty else { return }
        _ = append(.transportFeedback, format: 1, from: sender, of: media) { bytes in
            for item in items {
                bytes.append(big: item.packetID)
                bytes.append(big: item.bitmask)
            }
        }
    }
}
