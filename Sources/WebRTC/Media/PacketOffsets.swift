internal import RTP

extension Duration {
    /// Whole periods of a clock, to the nearest, and at most 2^62.
    fileprivate func wholeTicks(ofClock rate: Int) -> Int64 {
        Int64(min((self / .seconds(1) * Double(rate)).rounded(), 0x1p62))
    }
}

/// How the numbers and timestamps of packets that come from elsewhere become those of a stream of
/// ours: the distances stay, and another source goes on where the one before has ended.
struct PacketOffsets {
    /// A packet's place in a stream.
    struct Place {
        let source: UInt32
        let sequenceNumber: UInt16
        let timestamp: UInt32

        init(_ source: UInt32, _ sequenceNumber: UInt16, _ timestamp: UInt32) {
            self.source = source
            self.sequenceNumber = sequenceNumber
            self.timestamp = timestamp
        }
    }

    private var source: UInt32?
    private var isRenumbering = false
    private var number: UInt16 = 0
    private var timestamp: UInt32 = 0
    private var last: (timestamp: UInt32, moment: Duration)?

    init() {}

    /// The next packet follows on the last that was sent, whatever its number is; its timestamp
    /// stays.
    mutating func renumber() { isRenumbering = true }

    /// Where a packet stands in the stream.
    mutating func place(
        _ packet: Place, on stream: SentStream, of session: RTPSession, clockRate: Int, now: Duration
    ) -> Place {
        if source != packet.source {
            source = packet.source
            number = stream.nextSequenceNumber &- packet.sequenceNumber
            let start = last.map { last in
                // However long nothing was sent: timestamps begin anew after some hours.
                last.timestamp
                    &+ UInt32(truncatingIfNeeded: max(1, (now - last.moment).wholeTicks(ofClock: clockRate)))
            }
            timestamp = (start ?? session.timestamp(of: stream, now: now)) &- packet.timestamp
        } else if isRenumbering {
            number = stream.nextSequenceNumber &- packet.sequenceNumber
        }
        isRenumbering = false
        let placed = packet.timestamp &+ timestamp
        if last.map({ Int32(bitPattern: placed &- $0.timestamp) > 0 }) ?? true { last = (placed, now) }
        return Place(stream.ssrc, packet.sequenceNumber &+ number, placed)
    }
}
