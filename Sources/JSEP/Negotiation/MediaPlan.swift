package import SDP

/// What both sides have agreed on for a section that carries media.
package struct MediaPlan: Sendable, Hashable {
    /// What one side has said that it can read, or is about to send.
    package struct Parameters: Sendable, Hashable {
        /// The payload types, the preferred one first, with their codecs.
        package let codecs: [RTPFormat]
        /// The header extensions and their ids (RFC 8285).
        package let extensions: [ExtensionMapAttribute]
        /// Whether one-byte and two-byte headers may be mixed (RFC 8285 §6).
        package let allowsMixedExtensions: Bool
        /// Whether RTCP may be of reduced size (RFC 5506).
        package let isRTCPReducedSize: Bool
        /// The sources that the side has announced (RFC 5576), in its order, and which belong
        /// together.
        package let ssrcs: [UInt32]
        package let ssrcGroups: [SSRCGroupAttribute]
        /// The canonical name of each source that has one (RFC 5576 §6.1): sources with the same
        /// are to be played in time with each other.
        package let cnames: [UInt32: String]
        /// The streams that its track belongs to (RFC 8830).
        package let msids: [MSIDAttribute]
        /// The encodings that it has named (RFC 8851), with their direction as it sees it.
        package let rids: [RIDAttribute]

        init(_ media: MediaDescription, in document: SDPDocument) {
            codecs = RTPFormat.all(in: media)
            extensions = document.extensionMaps(of: media)
            allowsMixedExtensions = media.allowsMixedExtensions || document.allowsMixedExtensions
            isRTCPReducedSize = media.isRTCPReducedSize
            let sources = media.ssrcs
            ssrcs = sources.map(\.ssrc).uniqued()
            ssrcGroups = media.ssrcGroups
            let names = sources.compactMap { source -> (UInt32, String)? in
                guard let attribute = source.attribute, attribute.name == "cname" else { return nil }
                return attribute.value.map { (source.ssrc, $0) }
            }
            cnames = Dictionary(names, uniquingKeysWith: { first, _ in first })
            msids = media.msids
            rids = media.rids
        }
    }

    /// The section's tag.
    package let mid: String
    package let kind: MediaKind
    /// The transceiver that it belongs to.
    package let transceiver: Int
    /// The transport that carries it.
    package let transport: Int
    /// Which way media goes, seen from this side.
    package let direction: TransceiverDirection
    /// What we send, if we do, in which encodings and from which sources.
    package let encodings: [SendEncoding]
    /// The canonical name of our sources (RFC 3550 §6.5.1).
    package let cname: String
    /// Whether we have answered: whose order of codecs counts (RFC 3264 §6.1).
    package let isAnswerOurs: Bool
    /// The names of the encodings in which the peer may send, where there are several (RFC 8853).
    package let receivedRIDs: [String]
    /// Our side: what the peer sends is read with it.
    package let local: Parameters
    /// The peer's side: what we send follows it.
    package let remote: Parameters

    /// Nil for a section that both sides have not agreed on yet, or that one has refused.
    init?(
        of transceiver: TransceiverState, on transport: Int, _ local: AppliedDescription, _ remote: AppliedDescription,
        encodings: [SendEncoding], cname: String
    ) {
        guard let mid = transceiver.mid, let direction = transceiver.negotiated.currentDirection,
            local.isOpen(mid), remote.isOpen(mid), let ours = local.section(ofMid: mid),
            let theirs = remote.section(ofMid: mid)
        else { return nil }
        self.mid = mid
        kind = transceiver.kind
        isAnswerOurs = local.type != .offer
        self.transceiver = transceiver.id
        self.transport = transport
        self.direction = direction
        self.encodings = encodings
        self.cname = cname
        receivedRIDs = transceiver.negotiated.receivedRIDs
        self.local = Parameters(ours, in: local.document)
        self.remote = Parameters(theirs, in: remote.document)
    }
}
