internal import Crypto

/// What both ends of a connection see of it, so that a proof made for one connection is worth
/// nothing on another.
///
/// Somebody who stands between two members and repeats to each what the other says has two
/// connections, and the members do not see the same.
public struct ChannelBinding: Sendable, Hashable {
    let kind: String
    let value: [UInt8]

    /// A connection without TLS: the host and port that the client has called, as the `Host` of its
    /// request names them, in any case. The server takes it only when it is a name or an address of
    /// its own (Docs/Signaling.md), so who stands between at another address is found out. Who has
    /// the network itself in hand, and takes the server's address, is not.
    public static func address(_ authority: String) -> ChannelBinding {
        ChannelBinding(kind: "address", value: Array(authority.lowercased().utf8))
    }

    /// A connection over TLS: the server's certificate in DER, as the client was shown it
    /// (`tls-server-end-point` with SHA-256, RFC 5929 §4.1).
    public static func certificate(der: [UInt8]) -> ChannelBinding {
        ChannelBinding(kind: "certificate", value: Array(SHA256.hash(data: der)))
    }
}
