/// One stream that this end sends (RFC 3550 §3, "synchronization source"): its numbers, clock and
/// counts, and the packets that may be asked for again.
///
/// Lives on the thread of its session.
package final class SentStream {
    /// What W3C's statistics want (`RTCOutboundRtpStreamStats`).
    package struct Counters: Sendable, Hashable {
        // These without what was sent again.
        package var packetsSent: UInt64 = 0
        package var bytesSent: UInt64 = 0
        package var headerBytesSent: UInt64 = 0
        package var retransmittedPacketsSent: UInt64 = 0
        package var retransmittedBytesSent: UInt64 = 0
        package var retransmittedHeaderBytesSent: UInt64 = 0
        package var framesSent: UInt32 = 0
        package var nackCount: UInt32 = 0
        package var pliCount: UInt32 = 0
        package var firCount: UInt32 = 0

        /// Notes a packet that is sent for the first time.
        ///
        /// - Parameters:
        ///   - payload: the bytes of its payload.
        ///   - count: all of its bytes.
        mutating func note(payload: Int, of count: Int) {
            packetsSent &+= 1
            bytesSent &+= UInt64(payload)
            headerBytesSent &+= UInt64(count - payload)
        }
    }

    /// What the peer has last said of it (`RTCRemoteInboundRtpStreamStats`).
    package struct Remote: Sendable, Hashable {
        package var block: ReportBlock
        package var arrival: Duration
        package var roundTrip: Duration?
        package var totalRoundTrip = Duration.zero
        package var roundTripCount: UInt64 = 0
    }

    /// Tells it from others of the session, also from those with the same source before it.
    package let number: Int
    package let mid: String
    package let kind: RTPSection.Kind
    package let encoding: RTPSection.Encoding
    package internal(set) var counters = Counters()
    package internal(set) var remote: Remote?
    /// Whether its section sends now; it goes on with the same numbers when it does again.
    package internal(set) var isSending = true
    /// The number of its first packet; nil before that.
    package internal(set) var firstSequenceNumber: UInt16?
    /// The period of its timestamps, in Hz.
    package var clockRate: Int { clock.clockRate }
    /// Whether what is missing is sent again in a stream of its own.
    package var hasRepairStream: Bool { !repairTypes.isEmpty }
    /// What is sent now; nil before anything was.
    package internal(set) var format: RTPFormatParameters?
    package var ssrc: UInt32 { encoding.ssrc }
    /// The number of the next packet.
    package var nextSequenceNumber: UInt16 { sequenceNumber }

    var extensions = ExtensionIDs()
    /// How feedback names its packets; nil where there is none of them.
    var naming: OutgoingPackets.Naming?
    var clock: SenderClock
    /// Of packets that come with timestamps of their own: the last, and the wall clock then.
    var lastTimestamp: (timestamp: UInt32, moment: Duration)?
    /// The same of the last frame.
    var newestTimestamp: (timestamp: UInt32, moment: Duration)?
    var sequenceNumber: UInt16
    var repairSequenceNumber: UInt16
    var sent: SentPackets
    var budget = ResendBudget()
    var firSequenceNumber: UInt8?
    var keyFrameWish = KeyFrameWish()
    /// The section and the name are in each packet until the peer has shown that it knows the
    /// source.
    var isKnownToPeer = false
    /// The same for the source of what is sent again.
    var areRepairsKnownToPeer = false
    var midBytes: [UInt8]
    var ridBytes: [UInt8]
    /// Whether it has said that it ends.
    var hasSaidGoodbye = false
    /// What names the section and the stream, as far as the peer does not know the source yet.
    var elements: [RTPExtensionElement] = []
    var repairElements: [RTPExtensionElement] = []
    /// How the last picture had to be turned, and whether any had to.
    var lastRotation = 0
    var hasTurned = false
    /// The header extension of each packet, and of what is sent again.
    var extensionBlock: [UInt8] = []
    var repairExtensions: [UInt8] = []
    /// What can be sent again in a stream of its own.
    var repairTypes: [RTPFormatParameters] = []
    /// Where a packet is put together, and the header that was written there last.
    var buffer: [UInt8] = []
    var writtenHeader = SentPackets.Header(typeAndMarker: 0, sequenceNumber: 0, timestamp: 0, extensions: [])

    init(number: Int, section: RTPSection, encoding: RTPSection.Encoding, clockRate: Int, random: () -> UInt32) {
        self.number = number
        mid = section.mid
        kind = section.kind
        self.encoding = encoding
        // Below 2^15, so that an early rollover and its loss are not taken for each other (RFC 3711
        // §3.3.1).
        sequenceNumber = UInt16(truncatingIfNeeded: random()) & 0x7FFF
        repairSequenceNumber = UInt16(truncatingIfNeeded: random()) & 0x7FFF
        clock = SenderClock(clockRate: clockRate, offset: random())
        sent = SentPackets(ssrc: encoding.ssrc)
        midBytes = Array(section.mid.utf8)
        ridBytes = encoding.rid.map { Array($0.utf8) } ?? []
    }
}
