/// An item of FIR: of whom a picture is wanted that needs no other (RFC 5104 §4.3.1.1).
public struct FullIntraRequest: Sendable, Hashable {
    /// Of which source.
    public var ssrc: UInt32
    /// One more with each request; the same again is a repetition, and asks for nothing new.
    public var sequenceNumber: UInt8

    /// Makes an item.
    public init(ssrc: UInt32, sequenceNumber: UInt8) {
        self.ssrc = ssrc
        self.sequenceNumber = sequenceNumber
    }
}

extension Feedback {
    /// How many items a FIR has.
    public var fullIntraRequestCount: Int { kind == .fullIntraRequest ? items.count / 8 : 0 }

    /// An item of a FIR; `index` is below ``fullIntraRequestCount``.
    public func fullIntraRequest(_ index: Int, in compound: Span<UInt8>) -> FullIntraRequest {
        precondition((0..<fullIntraRequestCount).contains(index), "a FIR has \(fullIntraRequestCount) items")
        let place = items.lowerBound + 8 * index
        return FullIntraRequest(ssrc: compound.uint32(at: place), sequenceNumber: compound[place + 4])
    }
}

extension RTCPWriter {
    /// Asks sources for pictures that need no other. Nothing is written for none.
    public mutating func appendFullIntraRequests(from sender: UInt32, _ requests: [FullIntraRequest]) {
        guard !requests.isEmpty else { return }
        // The source of the header is not used, and 0 (RFC 5104 §4.3.1.2).
        _ = append(.payloadFeedback, format: 4, from: sender, of: 0) { bytes in
            for request in requests {
                bytes.append(big: request.ssrc)
                bytes.append(request.sequenceNumber)
                bytes.append(big24: 0)
            }
        }
    }
}
