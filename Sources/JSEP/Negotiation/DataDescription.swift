internal import SDP
internal import TransportTypes

/// What one side says about its data channels (RFC 8841).
package struct DataDescription: Sendable, Hashable {
    package var sctpPort: UInt16
    /// The largest message this side takes, in bytes; 0 means any (RFC 8841 §6.1).
    package var maxMessageSize: UInt64

    /// The largest SCTP packet this side takes, in bytes; ``PeerQuirks/unstatedPacketSize`` for one
    /// that does not say.
    package var maxPacketSize: UInt16

    /// Whether this side lets the other add streams (RFC 6525 §4.5): one of this library, which is
    /// known by its attribute for the size of packets. Others, dcSCTP among them, do not answer,
    /// and usrsctp would give the association up.
    package var addsStreams: Bool

    /// What we take: a record of DTLS (RFC 6347 §4.1), and less.
    package static let ownMaxPacketSize: UInt16 = 16_000

    /// - Parameter session: the session id of the description that the section is in.
    init(of media: MediaDescription, inSession session: String) {
        let stated = media.maxPacketSize(inSession: session)
        sctpPort = media.dataChannelPort
        maxPacketSize = stated ?? PeerQuirks.unstatedPacketSize
        addsStreams = stated != nil
        // Without the attribute a receiver takes 64 KiB (RFC 8841 §6.1).
        maxMessageSize = media.maxMessageSize ?? 65_536
    }
}
