internal import SDP
internal import TransportTypes

/// Who is at the other end of a transport, as a description has it.
struct TransportIdentity: Sendable, Hashable {
    let credentials: ICECredentials
    let fingerprints: [Fingerprint]

    /// - Throws: `InvalidAccessError` if ICE credentials or a usable fingerprint are missing.
    init(_ text: TransportText, section: String) throws(WebRTCError) {
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
