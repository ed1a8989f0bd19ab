package import TransportTypes

/// What a handshake agreed on, as statistics report it (W3C `RTCTransportStats`).
package struct DTLSParameters: Sendable, Hashable {
    /// The version on the wire: 0xFEFD is DTLS 1.2.
    package let version: UInt16
    /// OpenSSL's name of the cipher suite, for example `ECDHE-ECDSA-AES128-GCM-SHA256`.
    package let openSSLCipher: String
    /// IANA's name, for example `TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256`.
    package let cipher: String
    /// The two bytes that name the cipher suite on the wire.
    package let cipherCodePoint: UInt16
    /// The group of the key exchange, for example `x25519`.
    package let group: String?
    /// The SRTP profile, when both ends offered one in common.
    package let srtpProfile: SRTPProfile?

    /// The version as W3C's `tlsVersion` wants it: four upper-case hexadecimal digits.
    package var tlsVersion: String {
        let digits = String(version, radix: 16, uppercase: true)
        return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }
}
