/// What one association is made with.
///
/// The buffer sizes are limits, not reservations: usrsctp takes memory packet by packet, as data
/// arrives or is queued.
package struct SCTPConfiguration: Sendable {
    /// Our SCTP port, from our `a=sctp-port` (RFC 8841 §5.1).
    package var localPort: UInt16 = 5000

    /// The peer's SCTP port, from its `a=sctp-port`.
    package var remotePort: UInt16 = 5000

    /// The longest message we accept, in bytes: our `a=max-message-size` (RFC 8841 §6). A longer
    /// one ends the association with ``SCTPError/Code/messageTooLarge``.
    package var maxMessageSize = 262_144

    /// The longest message we accept of a payload protocol. Those that open channels (DCEP) are not
    /// the application's, and have a limit of their own, however small its messages are to be.
    func maxMessageSize(ofProtocol ppid: UInt32) -> Int {
        ppid == Self.channelProtocol ? Self.maxChannelMessageSize : maxMessageSize
    }

    /// WebRTC DCEP (RFC 8831 §8).
    private static let channelProtocol: UInt32 = 50

    /// A DATA_CHANNEL_OPEN with the longest label and the longest protocol (RFC 8832 §5.1).
    private static let maxChannelMessageSize = 12 + 65_535 + 65_535

    /// The longest message of any protocol.
    var longestMessage: Int { max(maxMessageSize, Self.maxChannelMessageSize) }

    /// How many outgoing streams we announce. usrsctp takes 64 bytes for each, whether it is used
    /// or not, and 40 for each of the peer's, so this is not RFC 8831 §6.2's 65535.
    package var streams: UInt16 = 256

    /// How many of the peer's streams we take, at the beginning and when it adds some, and how many
    /// of ours there may be; at least ``streams``.
    package var maxStreams: UInt16 = 256

    /// Whether the peer is known to answer requests for more streams (RFC 6525 §4.5). usrsctp
    /// repeats one that is not answered until it gives the association up, and there are peers that
    /// answer none.
    package var addsStreams = false

    /// How many bytes may wait in the association to be sent or acknowledged.
    package var sendBufferBytes = 8 << 20

    /// The largest receive window: how many bytes may wait for a reader, and so how many may be in
    /// flight to us.
    package var receiveBufferBytes = 8 << 20

    /// A buffer of so many bytes lets usrsctp hand up every message whole, the longest with all
    /// that its chunks cost beside.
    package var wholeMessageBytes: Int { 2 * min(longestMessage, 1 << 29) + 4096 }

    /// How many packets may be under way at the beginning.
    package var initialWindow = 10

    /// How many packets may leave at once: after a pause, or when much was acknowledged together.
    package var maximumBurst = 512

    /// How long a packet waits for a second one before it is acknowledged. usrsctp's own 200 ms
    /// would be added to round trips, and RFC 9260 §6.2 only gives an upper bound.
    package var acknowledgementDelay = Duration.milliseconds(20)

    /// The least and the most that is waited for an acknowledgement before all is sent again. RFC
    /// 9260 §16 suggests 1 s and 60 s, which is for any host on the internet. Round trips between
    /// WebRTC peers are below 300 ms and peers delay SACKs up to 200 ms: 250 ms is the least that
    /// does not misfire. The most is how long a connection may pause after its path has come back.
    package var retransmissionTimeout: ClosedRange<Duration> = .milliseconds(250) ... .seconds(2)

    /// The longest packet we produce before a larger one is known to get through, common header
    /// included. With a DTLS 1.2 AES-GCM record around it (13 bytes of header, 8 of nonce, 16 of
    /// tag) it makes a UDP payload of at most 1200 bytes, which every path that carries a browser's
    /// media carries too.
    package var maxPacketSize = 1160

    /// The sizes of packets that are tried once the association is up, in bytes and multiples of 4,
    /// up to 16,000; none to keep to ``maxPacketSize``. See ``usualPacketSizes``.
    package var probedPacketSizes: [Int] = []

    /// What is worth trying between two hosts: loopback, jumbo frames, Ethernet, a tunnel over
    /// Ethernet.
    package static var usualPacketSizes: [Int] { PathMTU.usualSizes }

    /// How many packets may be under way.
    package var congestionControl = CongestionControl.delay

    /// Ways to decide that.
    package enum CongestionControl: Sendable, CaseIterable {
        /// By delay: ``DelayControl``.
        case delay
        /// RFC 9260 §7: every loss halves.
        case standard
        /// Like the standard, with RFC 3649's smaller cuts for large windows.
        case highSpeed
    }

    /// The defaults.
    package init() {}

    /// Refuses what usrsctp would take and then misbehave with.
    func validate() throws(SCTPError) {
        guard localPort != 0, remotePort != 0 else { throw SCTPError(.invalidArgument, "an SCTP port is never 0") }
        guard streams > 0 else { throw SCTPError(.invalidArgument, "an association needs a stream; 256 is usual") }
        guard maxMessageSize > 0 else { throw SCTPError(.invalidArgument, "maxMessageSize must be at least 1") }
        let buffers = 16_384...(1 << 30)
        guard buffers.contains(sendBufferBytes), buffers.contains(receiveBufferBytes) else {
            throw SCTPError(.invalidArgument, "buffers are between 16 KiB and 1 GiB")
        }
        guard initialWindow > 0, maximumBurst > 0,
            (.milliseconds(1) ... .milliseconds(500)).contains(acknowledgementDelay),
            retransmissionTimeout.lowerBound >= .milliseconds(1), retransmissionTimeout.upperBound <= .seconds(60)
        else {
            throw SCTPError(
                .invalidArgument,
                "windows and bursts are at least 1 packet, delays of SACKs 1 to 500 ms, timeouts to 60 s")
        }
        guard (512...65_000).contains(maxPacketSize), maxPacketSize % 4 == 0 else {
            throw SCTPError(.invalidArgument, "maxPacketSize is a multiple of 4 between 512 and 65000")
        }
        guard probedPacketSizes.allSatisfy({ (512...16_000).contains($0) && $0 % 4 == 0 }) else {
            throw SCTPError(.invalidArgument, "probedPacketSizes are multiples of 4 between 512 and 16000")
        }
    }
}
