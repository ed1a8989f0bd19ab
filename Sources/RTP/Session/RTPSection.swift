/// What both ends have agreed on for one media section, in RTP's terms.
package struct RTPSection: Sendable, Hashable {
    /// Sound or pictures.
    package enum Kind: Sendable, Hashable {
        case audio
        case video
    }

    /// A stream that this end sends: its source, that of its retransmissions, and its name.
    package struct Encoding: Sendable, Hashable {
        package var rid: String?
        package var ssrc: UInt32
        package var repairSSRC: UInt32

        package init(rid: String? = nil, ssrc: UInt32, repairSSRC: UInt32) {
            self.rid = rid
            self.ssrc = ssrc
            self.repairSSRC = repairSSRC
        }
    }

    /// The section's tag.
    package var mid: String
    package var kind: Kind
    /// Whether the peer may send to us, and we to it.
    package var receives = false
    package var sends = false
    /// By payload type: what the peer may send.
    package var receivedFormats: [UInt8: RTPFormatParameters] = [:]
    /// What we may send, the preferred one first.
    package var sentFormats: [RTPFormatParameters] = []
    /// The ids of header extensions in what comes, and in what goes.
    package var receivedExtensions = ExtensionIDs()
    package var sentExtensions = ExtensionIDs()
    /// The sources that the peer has announced, each with the one that repairs it.
    package var announcedSources: [UInt32] = []
    package var announcedRepairs: [UInt32: UInt32] = [:]
    /// The names of the streams that the peer may send, where there are several.
    package var receivedStreamIDs: Set<String> = []
    /// The streams that we send.
    package var encodings: [Encoding] = []
    /// Whether RTCP may be of reduced size (RFC 5506).
    package var isReducedSize = false

    /// Whether the peer tells when the packets of the section have arrived, and these can be
    /// numbered for it.
    ///
    /// Each has another number whenever it leaves. So what is asked for again must not go in its
    /// own stream: there it has to be the same to the byte, as keys and numbers are (RFC 7714
    /// §8.4).
    package var hasTransportFeedback: Bool {
        sentExtensions.transportSequenceNumber != 0
            && sentFormats.contains { $0.feedback.contains(.transportWide) }
            && sentFormats.allSatisfy { !$0.feedback.contains(.nack) || $0.repairPayloadType != nil }
    }

    /// Whether the peer tells by source and sequence number when the packets of the section have
    /// arrived. What was agreed on for one payload type holds for all (RFC 8888 §6).
    package var hasSourceFeedback: Bool { sentFormats.contains { $0.feedback.contains(.congestionControl) } }

    /// Whether the peer is to be told so of what it sends.
    package var tellsBySource: Bool {
        receives && receivedFormats.values.contains { $0.feedback.contains(.congestionControl) }
    }

    package init(mid: String, kind: Kind) {
        self.mid = mid
        self.kind = kind
    }
}
