public import DTLS
public import ICE
public import JSEP
public import Logging

extension PeerConnection {
    /// How a connection is made. W3C `RTCConfiguration` §4.2.1, and below it what only a server
    /// needs.
    public struct Configuration: Sendable {
        /// STUN and TURN servers. W3C `iceServers`.
        public var iceServers: [ICEServer]
        /// Whether only relayed candidates may be used. W3C `iceTransportPolicy`.
        public var iceTransportPolicy: ICETransportPolicy
        /// How media sections share transports with a peer that does not bundle. W3C
        /// `bundlePolicy`.
        public var bundlePolicy: BundlePolicy
        /// Whether RTCP may have a port of its own, which this build does not offer. W3C
        /// `rtcpMuxPolicy`.
        public var rtcpMuxPolicy: RTCPMuxPolicy
        /// The certificates to show; the first is used. Empty: the process's shared one, made once.
        /// W3C `certificates`.
        public var certificates: [Certificate]
        /// How many candidates to gather ahead of time, 0 to 255; accepted and kept, gathering
        /// starts with the description all the same. W3C `iceCandidatePoolSize`.
        public var iceCandidatePoolSize: Int

        /// Addresses, ports and pacing of ICE.
        public var ice: ICESettings
        /// The largest message that the peer may send, in bytes, 1 to 1 GiB; announced as
        /// `a=max-message-size` (RFC 8841 §6). 256 KiB by default. A peer that sends a larger one
        /// is disconnected. What opens a channel does not count.
        public var maxMessageSize: Int
        /// How many bytes a channel queues for sending before ``DataChannel/send(_:)-(String)``
        /// waits; 1 to 1 TiB, and taken only as used. 16 MiB by default.
        public var sendBufferLimit: Int
        /// How many bytes of a channel may wait for a reader, 1 to 1 TiB, 1 MiB by default, before
        /// ``PeerConnection/unreadChannels`` and ``PeerConnection/diagnosis`` tell of it. It holds
        /// nothing up: see ``unreadLimit``.
        public var receiveBufferLimit: Int
        /// How many bytes of all channels of the connection may wait for readers, 64 KiB to 1 TiB,
        /// 16 MiB by default, with 64 for each message. The peer's window, which is that of all
        /// channels, becomes smaller as they come nearer to this than
        /// ``SCTPSettings/receiveBuffer`` (at most half of it), and closes there; a message that
        /// has begun may still exceed it. Beyond it 16 KiB are let in now and then, to the end of a
        /// message, for what waits at the peer behind the data, the opening and closing of
        /// channels: five times a second at first, and half as often for each further eighth of the
        /// limit, or 2 MiB where that is more. So the default may be exceeded by 23 MiB in a day,
        /// by 31 where messages are of 256 KiB, and a smaller limit by as much.
        public var unreadLimit: Int
        /// Windows, buffers and timers of SCTP.
        public var sctp: SCTPSettings
        /// For how many data channels there is room, those of the peer included, 1 to 65535, 1024
        /// by default; with a peer that takes fewer it is fewer (W3C
        /// `RTCSctpTransport.maxChannels`). With a peer of this library each takes 104 bytes once
        /// it is needed: 64 streams are there from the start, and more are added (RFC 6525 §4.5).
        /// Others may not answer a request for more, so all are announced to them: 64 bytes each
        /// from the start, and 40 for each that the peer announces. Channels that are made before
        /// the connection raise it as they need: a negotiated one with the id 2000 to 2001. SCTP
        /// looks at each channel that has something to send before each chunk: where 16,000 do at
        /// once an acknowledgement takes it up to 46 ms.
        public var maxChannels: Int
        /// Whether media is sent as such that knows ECN, with ECT(0) (RFC 3168 §5), to peers that
        /// tell of marks (RFC 8888), over plain UDP: queues on the way may mark its packets instead
        /// of dropping them, and the estimate falls with that. Off by default: with queues that
        /// mark early less of the link is used (`Docs/Estimator.md`), and some networks drop such
        /// packets.
        public var ecnCapableMedia: Bool
        /// Where the connection logs; no keys, no passwords, addresses only at trace level.
        public var logger: Logger?

        /// The defaults: no servers, every candidate, messages up to 256 KiB, 1024 channels.
        public init(
            iceServers: [ICEServer] = [],
            iceTransportPolicy: ICETransportPolicy = .all,
            bundlePolicy: BundlePolicy = .balanced,
            rtcpMuxPolicy: RTCPMuxPolicy = .require,
            certificates: [Certificate] = [],
            iceCandidatePoolSize: Int = 0,
            ice: ICESettings = ICESettings(),
            maxMessageSize: Int = 262_144,
            sendBufferLimit: Int = 16 << 20,
            receiveBufferLimit: Int = 1 << 20,
            unreadLimit: Int = 16 << 20,
            sctp: SCTPSettings = SCTPSettings(),
            maxChannels: Int = 1024,
            ecnCapableMedia: Bool = false,
            logger: Logger? = nil
        ) {
            self.iceServers = iceServers
            self.iceTransportPolicy = iceTransportPolicy
            self.bundlePolicy = bundlePolicy
            self.rtcpMuxPolicy = rtcpMuxPolicy
            self.certificates = certificates
            self.iceCandidatePoolSize = iceCandidatePoolSize
            self.ice = ice
            self.maxMessageSize = maxMessageSize
            self.sendBufferLimit = sendBufferLimit
            self.receiveBufferLimit = receiveBufferLimit
            self.unreadLimit = unreadLimit
            self.sctp = sctp
            self.maxChannels = maxChannels
            self.ecnCapableMedia = ecnCapableMedia
            self.logger = logger
        }
    }
}

/// W3C `RTCIceTransportPolicy`.
public enum ICETransportPolicy: String, Sendable, Hashable, Codable, CaseIterable {
    /// Every candidate may be used.
    case all
    /// Only relayed candidates, so that the peer never learns our addresses.
    case relay
}

/// W3C `RTCRtcpMuxPolicy`.
public enum RTCPMuxPolicy: String, Sendable, Hashable, Codable, CaseIterable {
    /// RTCP on a port of its own where the peer does not multiplex; not supported.
    case negotiate
    /// RTP and RTCP on one port only (RFC 5761).
    case require
}
