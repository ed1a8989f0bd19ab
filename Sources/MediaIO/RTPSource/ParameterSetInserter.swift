internal import RTP

/// Puts parameter sets that only a session description has in front of the pictures that need them,
/// as browsers know none but those that come in packets. What follows has other sequence numbers.
struct ParameterSetInserter: Sendable {
    /// Packets that come later than that after the ones behind them are not told apart from others.
    static let reordering = 1024

    private struct Format: Sendable {
        let kind: NALPayload
        let payloads: [[UInt8]]
    }

    /// By payload type.
    private let formats: [UInt8: Format]
    private var source: UInt32?
    /// The picture that comes, and whether it has parameter sets.
    private var picture: (timestamp: UInt32, hasSets: Bool)?
    /// By how much sequence numbers are larger than they came.
    private var shift: UInt16 = 0
    /// The packet in front of which the last were put, and by how much those before it are larger.
    private var last: (number: UInt16, shift: UInt16)?

    /// Nil if there is nothing to put in front of anything.
    ///
    /// - Parameters:
    ///   - section: of the description.
    ///   - maximumSize: of a payload.
    init?(_ section: RTPSourceSection, maximumSize: Int) {
        var formats: [UInt8: Format] = [:]
        for (type, sets) in section.parameterSets {
            guard let kind = section.codecs[type].flatMap({ NALPayload(codec: $0) }) else { continue }
            let payloads = kind.aggregates(of: sets, maximumSize: maximumSize)
            if !payloads.isEmpty { formats[type] = Format(kind: kind, payloads: payloads) }
        }
        guard !formats.isEmpty else { return nil }
        self.formats = formats
    }

    /// What is sent for a packet that has come: itself, and perhaps others before it.
    mutating func packets(for packet: RTPPacket) -> [RTPPacket] {
        if source != packet.ssrc { (source, picture, last) = (packet.ssrc, nil, nil) }
        let number = packet.sequenceNumber
        var packets: [RTPPacket] = []
        var shift = shift(of: number)
        if let format = formats[packet.payloadType] {
            let content = format.kind.content(of: packet.payload)
            if picture?.timestamp != packet.timestamp { picture = (packet.timestamp, false) }
            if content.hasSet { picture?.hasSets = true }
            if content.opensKeyFrame, picture?.hasSets == false, shift == self.shift {
                picture?.hasSets = true
                for (index, payload) in format.payloads.enumerated() {
                    packets.append(
                        RTPPacket(
                            payloadType: packet.payloadType,
                            sequenceNumber: number &+ shift &+ UInt16(truncatingIfNeeded: index),
                            timestamp: packet.timestamp, ssrc: packet.ssrc, payload: payload))
                }
                last = (number, shift)
                shift &+= UInt16(truncatingIfNeeded: packets.count)
                self.shift = shift
            }
        }
        var packet = packet
        packet.sequenceNumber = number &+ shift
        return packets + [packet]
    }

    /// One that has been overtaken has its place before those that were put in.
    private mutating func shift(of number: UInt16) -> UInt16 {
        guard let last else { return shift }
        let distance = Int(Int16(bitPattern: number &- last.number))
        if abs(distance) > Self.reordering { self.last = nil }
        return distance < 0 && distance >= -Self.reordering ? last.shift : shift
    }
}
