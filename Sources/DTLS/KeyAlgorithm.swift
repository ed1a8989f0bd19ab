/// The kind of key that a certificate is made with (W3C `RTCPeerConnection.generateCertificate`).
public enum KeyAlgorithm: Sendable, Hashable {
    /// ECDSA on P-256 with SHA-256: what every WebRTC endpoint must support (RFC 8827 §6.5), and by
    /// far the faster.
    case ecdsaP256
    /// RSASSA-PKCS1-v1_5 with SHA-256; 2048 to 8192 bits.
    case rsa(bits: Int)

    static let rsaBits = 2048...8192
}
