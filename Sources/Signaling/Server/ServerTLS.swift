internal import Foundation

/// What a ``SignalingServer`` proves itself with to those who connect with `wss:`. The server
/// speaks TLS 1.2 and 1.3 (RFC 8446), and nothing else on its port.
public struct ServerTLS: Sendable {
    enum Source: Sendable {
        case files(CertificateFiles)
        case selfMade(SelfMadeCertificate)
    }

    let source: Source

    /// A certificate in files, which are read again when they change.
    ///
    /// A new connection looks at them, at most one in each second; those that run go on. Files that
    /// cannot be read, are half written or do not belong together change nothing: the certificate
    /// from before stays, and the log has one warning for each such change. So either file may be
    /// replaced first.
    ///
    /// - Parameters:
    ///   - certificateChain: the path of the certificate in PEM (RFC 7468 §5), with those of the
    ///     authorities between it and the root behind it; at most 1 MiB.
    ///   - privateKey: the path of its key in PEM, without a password; at most 1 MiB. It may be the
    ///     same file.
    public static func files(certificateChain: String, privateKey: String) -> ServerTLS {
        ServerTLS(source: .files(CertificateFiles(chain: certificateChain, key: privateKey)))
    }

    /// A certificate that is made now, in memory, and signed by itself: for development, and for
    /// clients that know its ``fingerprint``. It has a key of P-256, and is valid from an hour ago.
    ///
    /// - Parameters:
    ///   - names: names and addresses that the server is reached under, such as `desk.local` and
    ///     `192.0.2.7`; at least one.
    ///   - validFor: how long from now it is valid, from one minute to ten years. Default 90 days.
    /// - Throws: `.invalidConfiguration` for what is no name, and a time out of its range.
    public static func selfMade(
        names: [String], validFor: Duration = .seconds(90 * 86_400)
    ) throws(SignalingError) -> ServerTLS {
        ServerTLS(source: .selfMade(try SelfMadeCertificate(names: names, validFor: validFor, now: .now)))
    }

    /// The SHA-256 digest of a self-made certificate, for ``ClientTLS/pinned(_:)-(String)``:
    /// upper-case hexadecimal bytes joined by colons, as in the `a=fingerprint` of SDP (RFC 8122
    /// §5). Nil for files, whose certificate may change.
    public var fingerprint: String? {
        guard case .selfMade(let certificate) = source else { return nil }
        return certificate.fingerprint
    }
}
