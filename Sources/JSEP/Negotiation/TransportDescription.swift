package import SDP
package import TransportTypes

/// What one side says about a transport, read from its description.
package struct TransportDescription: Sendable, Hashable {
    /// The tag of the section that speaks for it.
    package var mid: String
    package var credentials: ICECredentials
    package var fingerprints: [Fingerprint]
    package var setup: SetupRole
    /// Candidate lines, `candidate:…`.
    package var candidates: [String]
    package var hasEndOfCandidates: Bool
    package var isICELite: Bool

    /// Reads the section that speaks for a transport; if that says nothing of it, the section it is
    /// bundled with is read.
    ///
    /// - Throws: `InvalidAccessError` if it is missing or refused, or if ICE credentials or a
    ///   usable fingerprint are missing.
    init(of description: AppliedDescription, _ entry: TransportTable.Entry) throws(WebRTCError) {
        let document = description.document
        guard let index = description.index(ofMid: entry.tag), !document.media[index].isRejected else {
            throw WebRTCError(.invalidAccess, "there is no section '\(entry.tag)', or it is refused")
        }
        let said = description.transport(at: index)
        let media = document.media[said.index]
        let identity = try said.identity.get()
        mid = entry.tag
        credentials = identity.credentials
        fingerprints = identity.fingerprints
        setup = document.setup(of: media) ?? .actpass
        // A bundled section has the same credentials, and a candidate may have come under its name
        // (RFC 8840 §4.1). In an offer it can have a transport of its own, and Chromium's have the
        // same credentials all the same.
        var known: Set<String> = []
        candidates = entry.mids.compactMap(description.index(ofMid:)).filter { other in
            let section = document.media[other]
            let isAlone = description.type == .offer && section.iceUfrag != nil && !section.isBundleOnly
            return !section.candidates.isEmpty && (other == index || !isAlone)
                && description.ufrag(at: other) == identity.credentials.usernameFragment
        }.flatMap { document.media[$0].candidates }.filter { known.insert($0).inserted }
        hasEndOfCandidates = media.hasEndOfCandidates || document.hasEndOfCandidates
        isICELite = document.isICELite
    }
}
