/// One stream of the peer's: its packets, counts and what is missing of it (RFC 3550 §3,
/// "synchronization source").
///
/// Lives on the thread of its session.
package final class ReceivedStream {
    /// What W3C's statistics want (`RTCInboundRtpStreamStats`).
    package struct Counters: Sendable, Hashable {
        package var packetsReceived: UInt64 = 0
        package var bytesReceived: UInt64 = 0
        package var headerBytesReceived: UInt64 = 0
        package var retransmittedPacketsReceived: UInt64 = 0
        package var retransmittedBytesReceived: UInt64 = 0
        package var nackCount: UInt32 = 0
        package var pliCount: UInt32 = 0
        package var firCount: UInt32 = 0
        package var framesReceived: UInt32 = 0
        /// Frames of video, or samples of a channel of sound, that have left the buffer, and the
        /// sum of the seconds that each of them was in it.
        package var emitted: UInt64 = 0
        package var bufferDelay = 0.0
        /// What the buffers before the present one have given up, in packets.
        package var discardedBefore: UInt64 = 0
        /// What was lost by the clocks before the present one.
        package var lostBefore: Int64 = 0
        package var lastPacket: Duration?
        /// Packets that came with ECT(1), and with CE (RFC 3168 §5), as far as the bits were read.
        package var ect1Packets: UInt64 = 0
        package var cePackets: UInt64 = 0

        mutating func note(ecn: UInt8) {
            if ecn & 3 == 1 { ect1Packets &+= 1 }
            if ecn & 3 == 3 { cePackets &+= 1 }
        }

        /// Notes a packet.
        ///
        /// - Parameters:
        ///   - payload: the bytes of its payload.
        ///   - count: all of its bytes, as it came.
        mutating func note(payload: Int, of count: Int, isRepaired: Bool) {
            packetsReceived &+= 1
            bytesReceived &+= UInt64(payload)
            headerBytesReceived &+= UInt64(count - payload)
            guard isRepaired else { return }
            retransmittedPacketsReceived &+= 1
            retransmittedBytesReceived &+= UInt64(payload)
        }
    }

    package let ssrc: UInt32
    /// Tells it from others of the session, also from those with the same source before it.
    package let number: Int
    /// The section that it belongs to.
    package let mid: String
    package let kind: RTPSection.Kind
    /// Its name among the streams of the section, if it has one.
    package internal(set) var rid: String?
    /// The source of its retransmissions, once known.
    package internal(set) var repairSSRC: UInt32?
    /// What it sends at the moment.
    package internal(set) var format: RTPFormatParameters
    package internal(set) var counters = Counters()
    package internal(set) var statistics: ReceptionStatistics
    package internal(set) var missing = MissingPackets()
    package internal(set) var keyFrames = KeyFrameRequester()
    package internal(set) var clock: SourceClock
    /// The peer has said that it ends, or its section does not receive now; it goes on with the
    /// next packet.
    package internal(set) var hasEnded = false
    /// Whether its section receives now.
    package internal(set) var isReceiving = true
    /// Of its last packets, and of the sources that were mixed into it.
    package internal(set) var sources = PacketSources()
    /// The last report of its sender (W3C `RTCRemoteOutboundRtpStreamStats`).
    package internal(set) var lastReport: (report: SenderReport, arrival: Duration)?
    package internal(set) var reportCount: UInt64 = 0
    /// The peer's CNAME, which is the same for all streams that are to be played in step.
    package var canonicalName: String?
    /// Whether somebody wants frames. The buffer may be gone for others' sake; the next packet
    /// brings one again.
    var isAssembled = false
    /// Puts packets together to frames, while somebody wants frames.
    package internal(set) var buffer: JitterBuffer?
    /// Whether there is one. To ask the buffer itself is to copy it, and that for each packet.
    package private(set) var hasBuffer = false
    var firSequenceNumber: UInt8 = 0
    /// Whether it has got something in this turn.
    var isTouched = false
    /// Whether the peer sends again what it is told is missing.
    var wantsRetransmissions: Bool { format.feedback.contains(.nack) }

    init(ssrc: UInt32, number: Int, section: RTPSection, rid: String?, format: RTPFormatParameters) {
        self.ssrc = ssrc
        self.number = number
        mid = section.mid
        kind = section.kind
        self.rid = rid
        self.format = format
        statistics = ReceptionStatistics(clockRate: format.clockRate)
        clock = SourceClock(clockRate: format.clockRate)
    }

    /// Another payload type: another codec, or only other parameters.
    func change(to next: RTPFormatParameters) {
        guard next != format else { return }
        if next.clockRate != format.clockRate {
            counters.lostBefore += statistics.lost
            statistics = ReceptionStatistics(clockRate: next.clockRate)
            clock = SourceClock(clockRate: next.clockRate)
        }
        format = next
        if let payloads = next.makeFormat() { buffer?.setFormat(payloads, clockRate: next.clockRate) }
    }

    func setBuffer(_ next: JitterBuffer?) {
        counters.discardedBefore &+= buffer?.discarded ?? 0
        buffer = next
        (hasBuffer, heldBytes) = (next != nil, 0)
    }

    /// The bytes of what waits in the buffer, as it was last looked at.
    private(set) var heldBytes = 0

    func noteHeldBytes() { heldBytes = buffer?.measure() ?? 0 }

    /// Whether it was silent for longer than another.
    func isOlder(than other: ReceivedStream) -> Bool {
        (counters.lastPacket ?? .zero) < (other.counters.lastPacket ?? .zero)
    }

    /// Asks for a picture that needs no other, with the next feedback.
    package func requestKeyFrame(now: Duration) { keyFrames.want(now: now) }
}
