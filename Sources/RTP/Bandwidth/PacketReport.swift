/// What feedback says of one packet.
package struct PacketReport: Sendable, Equatable {
    /// As it was sent.
    package var packet: SentPacket
    /// By the receiver's clock, whose epoch may be any; nil if the packet was lost.
    package var arrival: Duration?
    /// The two ECN bits that it arrived with (RFC 3168 §5); 3 tells of congestion.
    package var ecn: UInt8
    /// Whether feedback has told before that it was lost: it was only late.
    package var wasToldLost: Bool

    /// - Parameter arrival: nil if the packet was lost.
    package init(packet: SentPacket, arrival: Duration?, ecn: UInt8 = 0, wasToldLost: Bool = false) {
        (self.packet, self.arrival, self.ecn, self.wasToldLost) = (packet, arrival, ecn, wasToldLost)
    }
}
