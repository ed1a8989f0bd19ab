/// One of the encodings in which a sender sends its track: W3C `RTCRtpEncodingParameters`, as far
/// as descriptions know it.
package struct SendEncoding: Sendable, Hashable {
    /// The name of the encoding (RFC 8851 §4); nil where there is but one.
    package var rid: String?
    /// The RTP source that carries it, the same for its life (RFC 3550 §5.1).
    package var ssrc: UInt32
    /// The source of what is sent again with RFC 4588, where that is negotiated.
    package var repairSSRC: UInt32

    /// An encoding of these sources.
    package init(rid: String? = nil, ssrc: UInt32, repairSSRC: UInt32) {
        self.rid = rid
        self.ssrc = ssrc
        self.repairSSRC = repairSSRC
    }
}
