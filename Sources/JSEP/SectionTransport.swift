internal import SDP
internal import TransportTypes

/// What one media section says of its transport, be it in its own lines or in those of the section that it is bundled with.
struct SectionTransport: Sendable, Hashable {
    /// Which section says it.
    let index: Int
    /// The ICE username fragment, if there are credentials at all.
    let fragment: String?
    /// Who is there; an `InvalidAccessError` if ICE credentials or a usable fingerprint are missing.
    let identity: Result<TransportIdentity, WebRTCError>

    /// Reads all sections of a description.
    ///
    /// - Parameter speakers: by the tag of a bundled section, the one that speaks for it if it says nothing itself
    ///   (RFC 9143 §7.1.3).
    static func all(of document: SDPDocument, speakers: [String: Int]) -> [SectionTransport] {
        // Sections that share a transport say the same, which is read once.
        var known: (text: TransportText, identity: TransportIdentity)?
        return document.media.indices.map { place in
            var (index, text) = (place, TransportText(of: place, in: document))
            if !text.isComplete, let speaker = document.media[place].mid.flatMap({ speakers[$0] }) {
                (index, text) = (speaker, TransportText(of: speaker, in: document))
            }
            let identity: Result<TransportIdentity, WebRTCError>
            if let known, known.text == text {
                identity = .success(known.identity)
            } else {
                identity = Result { () throws(WebRTCError) in
                    let (kind, mid) = (document.media[index].kind.rawValue, document.media[place].mid ?? "")
                    return try TransportIdentity(text, section: "section \(place) (m=\(kind), mid '\(mid)')")
                }
                if case .success(let identity) = identity { known = (text, identity) }
            }
            return SectionTransport(index: index, fragment: text.fragment, identity: identity)
        }
    }
}

/// The lines of a section that say who is at the other end of its transport.
private struct TransportText: Equatable {
    let fragment: String?
    let password: String?
    let fingerprints: [String]

    init(of index: Int, in document: SDPDocument) {
        let media = document.media[index]
        let credentials = document.iceCredentials(of: media)
        fragment = credentials?.ufrag
        password = credentials?.pwd
        let own = media.values(of: "fingerprint")
        fingerprints = own.isEmpty && !media.has("fingerprint") ? document.values(of: "fingerprint") : own
    }

    var isComplete: Bool { fragment != nil && !fingerprints.isEmpty }
}

/// Who is at the other end of a transport, as a description has it.
struct TransportIdentity: Sendable, Hashable {
    let credentials: ICECredentials
    let fingerprints: [Fingerprint]

    /// - Throws: `InvalidAccessError` if ICE credentials or a usable fingerprint are missing.
    fileprivate init(_ text: TransportText, section: String) throws(WebRTCError) {
        guard let fragment = text.fragment, let password = text.password else {
            throw WebRTCError(
                .invalidAccess, "\(section) lacks a=ice-ufrag or a=ice-pwd; the peer must send both")
        }
        fingerprints = text.fingerprints.compactMap { try? Fingerprint(parsing: $0) }
        guard !fingerprints.isEmpty else {
            throw WebRTCError(
                .invalidAccess, "\(section) has no a=fingerprint that can be checked; DTLS needs one")
        }
        do throws(ICEError) {
            credentials = try ICECredentials(usernameFragment: fragment, password: password)
        } catch {
            throw WebRTCError(.invalidAccess, "\(section): \(error)")
        }
    }
}
