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
    /// The number with which the distance began that holds now, as long as one from before may
    /// come.
    private var floor: UInt16?
    private var number: UInt16 = 0
    private var timestamp: UInt32 = 0
    private var last: (timestamp: UInt32, moment: Duration)?

    init() {}

    /// The next packet follows on the last that was sent, whatever its number is; its timestamp
    /// stays.
    mutating func renumber() { isRenumbering = true }

    /// A number that is further from the last is no gap: nobody can ask for so much again, and what
    /// protects the packets takes a leap of half of all numbers for an old one (RFC 3711 §3.3.1).
    static let maximumLeap = 1000

    /// Where a packet stands in the stream; nil for one that is from before the numbers were set
    /// anew, whose number another one has.
    mutating func place(
        _ packet: Place, on stream: SentStream, of session: RTPSession, clockRate: Int, now: Duration
    ) -> Place? {
        if source != packet.source {
            source = packet.source
            begin(with: packet, on: stream)
            let start = last.map { last in
                // However long nothing was sent: timestamps begin anew after some hours.
                last.timestamp
                    &+ UInt32(truncatingIfNeeded: max(1, (now - last.moment).wholeTicks(ofClock: clockRate)))
            }
            timestamp = (start ?? session.timestamp(of: stream, now: now)) &- packet.timestamp
        } else if isRenumbering || leap(to: packet, on: stream) > Self.maximumLeap {
            begin(with: packet, on: stream)
        }
        isRenumbering = false
        if let floor {
            let place = Int16(bitPattern: packet.sequenceNumber &+ number &- floor)
            guard place >= 0 else { return nil }
            if Int(place) > 2 * Self.maximumLeap { self.floor = nil }
        }
        let placed = packet.timestamp &+ timestamp
        if last.map({ Int32(bitPattern: placed &- $0.timestamp) > 0 }) ?? true { last = (placed, now) }
        return Place(stream.ssrc, packet.sequenceNumber &+ number, placed)
    }

    private mutating func begin(with packet: Place, on stream: SentStream) {
        floor = stream.nextSequenceNumber
        number = stream.nextSequenceNumber &- packet.sequenceNumber
    }

    private func leap(to packet: Place, on stream: SentStream) -> Int {
        abs(Int(Int16(bitPattern: packet.sequenceNumber &+ number &- stream.nextSequenceNumber)))
    }
}
