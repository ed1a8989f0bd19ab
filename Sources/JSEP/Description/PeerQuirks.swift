internal import SDP

/// Where peers differ from what the RFCs say, and what is done about it. The only place that knows
/// who a peer is: others ask what it does.
///
/// Each line says in which version it was seen; where that is over, the line and what asks for it
/// can go.
package struct PeerQuirks: Sendable, Hashable {
    /// Who has written the peer's description.
    package enum Library: Sendable, Hashable {
        /// Chromium's library, libwebrtc: it has an attribute that only an expired draft knows
        /// (draft-ietf-mmusic-msid-01), always with the same value.
        case libwebrtc
        /// Firefox, which names itself in the origin's line.
        case firefox
        case other
    }

    package let library: Library

    /// Reads who the peer is from its newest description; nil before there is one.
    init(of remote: SDPDocument?) {
        if let remote, remote.values(of: "msid-semantic").contains(where: { !$0.hasSuffix("*") }) {
            library = .libwebrtc
        } else if remote?.origin.username.hasPrefix("mozilla") == true {
            library = .firefox
        } else {
            library = .other
        }
    }

    /// Decides with each ICE restart anew who controls, which RFC 8445 §6.1.1 forbids.
    ///
    /// With the same role in ours a peer that wins the conflict nominates, and gives up the pair
    /// before while we still use it. Where the other end keeps its role, and we do not, both have
    /// the same: in Firefox 153 a second conflict of one restart is never settled, and older
    /// versions of pion settle none. Seen in Chromium 156.
    package var decidesRoleWithRestart: Bool { library == .libwebrtc }

    /// Takes the first pair that is nominated for the last, as RFC 8445 §8.1.1 has it, and closes
    /// the sockets of all others; libnice nominates each pair with its first check. Seen in Firefox
    /// 153.
    package var keepsFirstPair: Bool { library == .firefox }

    /// Takes it for the end of a transport when the section that speaks for it is stopped, though
    /// others go on with it (RFC 9143 §7.4): it ends SCTP and DTLS, and begins again for the
    /// others. Seen in Chromium 156.
    package var leavesTransportWithItsTag: Bool { library == .libwebrtc }

    /// Has the first section speak for the BUNDLE group, whatever its place there, and cannot
    /// answer when that is a new one. Seen in Chromium 156.
    package var wantsTagFirst: Bool { library == .libwebrtc }

    // MARK: For everybody

    // What follows is done with all peers: it harms none, and the first offer is made before
    // anybody knows who answers.

    /// The largest SCTP packet, in bytes, for a peer that does not say how large it may be: what
    /// fits Ethernet. Chromium's DTLS reads 2048 bytes of a record, and is no more good for
    /// anything after one that is longer. Seen in Chromium 156.
    static let unstatedPacketSize: UInt16 = 1_452

    /// The ids that we give to header extensions: every peer knows one-byte headers, in which 15 is
    /// reserved (RFC 8285 §4.2), and Firefox refuses an offer with another. Seen in Firefox 153.
    /// Which of them is given to which extension stands in ``HeaderExtension``: Chromium 156 does
    /// not forget the ids of an offer that it has rolled back, so those that it may give itself are
    /// not given to others.
    static let ownExtensionIDs: ClosedRange<UInt16> = 1...14

    // Beside these: a section that is bundle-only says all of its transport, though RFC 9143 §7.1.1
    // wants nothing there, for Chromium 156 answers without a fingerprint otherwise, and never
    // connects (`TransportAttributes`). And the credentials of a restart that was rolled back are
    // those of the next one, for Chromium 156 keeps the candidates that it was told with them for
    // its next generation (`Negotiation.keepUnusedCredentials`).
}
