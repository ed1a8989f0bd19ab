internal import DTLS
internal import ICE
internal import SDP

/// What one side says about the transport of the data channels, read from its description.
struct TransportDescription: Sendable, Hashable {
    var mid: String
    var credentials: ICECredentials
    var fingerprints: [Fingerprint]
    var setup: SetupRole
    var sctpPort: UInt16
    /// The largest message this side takes, in bytes; 0 means any (RFC 8841 §6.1).
    var maxMessageSize: UInt64
    /// Candidate lines, `candidate:…`.
    var candidates: [String]
    var hasEndOfCandidates: Bool
    var isICELite: Bool

    /// Reads the media section at an index, which must describe data channels that are not rejected.
    ///
    /// - Throws: `InvalidAccessError` if ICE credentials or a usable fingerprint are missing.
    init(of document: SDPDocument, at index: Int, mid: String) throws(WebRTCError) {
        let media = document.media[index]
        guard let credentials = document.iceCredentials(of: media) else {
            throw WebRTCError(
                .invalidAccess,
                "the data section (mid '\(mid)') lacks a=ice-ufrag or a=ice-pwd; the peer must send both")
        }
        let fingerprints = document.fingerprints(of: media).compactMap {
            try? Fingerprint(parsing: "\($0.algorithm) \($0.hex)")
        }
        guard !fingerprints.isEmpty else {
            throw WebRTCError(
                .invalidAccess,
                "the data section (mid '\(mid)') has no a=fingerprint that can be checked; DTLS needs one"
            )
        }
        do throws(ICEError) {
            self.credentials = try ICECredentials(usernameFragment: credentials.ufrag, password: credentials.pwd)
        } catch {
            throw WebRTCError(.invalidAccess, "the data section (mid '\(mid)'): \(error)")
        }
        self.mid = mid
        self.fingerprints = fingerprints
        setup = document.setup(of: media) ?? .actpass
        sctpPort = media.dataChannelPort
        // Without the attribute a receiver takes 64 KiB (RFC 8841 §6.1).
        maxMessageSize = media.maxMessageSize ?? 65_536
        candidates = media.candidates
        hasEndOfCandidates = media.hasEndOfCandidates || document.hasEndOfCandidates
        isICELite = document.isICELite
    }
}
