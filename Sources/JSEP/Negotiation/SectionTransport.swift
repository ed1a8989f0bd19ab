internal import SDP
internal import TransportTypes

/// What one media section says of its transport, be it in its own lines or in those of the section
/// that it is bundled with.
struct SectionTransport: Sendable, Hashable {
    /// Which section says it.
    let index: Int
    /// The ICE username fragment, if there are credentials at all.
    let fragment: String?
    /// Who is there; an `InvalidAccessError` if ICE credentials or a usable fingerprint are
    /// missing.
    let identity: Result<TransportIdentity, WebRTCError>

    /// Reads all sections of a description.
    ///
    /// - Parameter speakers: by the tag of a bundled section, the one that speaks for it if it says
    ///   nothing itself (RFC 9143 §7.1.3).
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
