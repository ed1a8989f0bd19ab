internal import DTLS
internal import ICE
internal import SDP

/// What one side says about the transport that all sections share, read from its description.
struct TransportDescription: Sendable, Hashable {
    var mid: String
    var credentials: ICECredentials
    var fingerprints: [Fingerprint]
    var setup: SetupRole
    /// Candidate lines, `candidate:…`.
    var candidates: [String]
    var hasEndOfCandidates: Bool
    var isICELite: Bool

    /// Reads the media section at an index, which must not be rejected; if it is bundled and says nothing of a transport of
    /// its own, the section it is bundled with is read.
    ///
    /// - Throws: `InvalidAccessError` if ICE credentials or a usable fingerprint are missing.
    init(of description: AppliedDescription, at index: Int, mid: String) throws(WebRTCError) {
        let document = description.document
        let said = description.transport(at: index)
        let media = document.media[said.index]
        let identity = try said.identity.get()
        self.mid = mid
        credentials = identity.credentials
        fingerprints = identity.fingerprints
        setup = document.setup(of: media) ?? .actpass
        // A bundled section has the same credentials, and a candidate may have come under its name (RFC 8840 §4.1).
        var known: Set<String> = []
        candidates = document.media.filter { other in
            other.iceUfrag == nil ? other == media : other.iceUfrag == identity.credentials.usernameFragment
        }.flatMap(\.candidates).filter { known.insert($0).inserted }
        hasEndOfCandidates = media.hasEndOfCandidates || document.hasEndOfCandidates
        isICELite = document.isICELite
    }
}

/// What one side says about its data channels (RFC 8841).
struct DataDescription: Sendable, Hashable {
    var sctpPort: UInt16
    /// The largest message this side takes, in bytes; 0 means any (RFC 8841 §6.1).
    var maxMessageSize: UInt64

    init(of media: MediaDescription) {
        sctpPort = media.dataChannelPort
        // Without the attribute a receiver takes 64 KiB (RFC 8841 §6.1).
        maxMessageSize = media.maxMessageSize ?? 65_536
    }
}
