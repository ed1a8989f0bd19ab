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
            throw WebRTCError(.invalidAccess, Self.unusable(text.fingerprints.first, of: section))
        }
        do throws(ICEError) {
            credentials = try ICECredentials(usernameFragment: fragment, password: password)
        } catch {
            // A password is never shown.
            let isFragment = (try? ICECredentials(usernameFragment: fragment, password: Self.anyPassword)) == nil
            let said =
                isFragment
                ? "'a=ice-ufrag:\(fragment.excerpt(60))'" : "a=ice-pwd with \(password.count) characters"
            throw WebRTCError(.invalidAccess, "\(said) of \(section): \(error.message)")
        }
    }

    private static let anyPassword = String(repeating: "x", count: 22)

    /// What is wrong with a fingerprint, of which there is no better one.
    private static func unusable(_ fingerprint: String?, of section: String) -> String {
        guard let fingerprint else { return "\(section) has no a=fingerprint; DTLS needs one" }
        do throws(DTLSError) {
            _ = try Fingerprint(parsing: fingerprint)
            return "\(section) has no a=fingerprint that can be checked; DTLS needs one"
        } catch {
            return "'a=fingerprint:\(fingerprint.excerpt(60))' of \(section) cannot be checked: \(error.message)"
        }
    }
}
