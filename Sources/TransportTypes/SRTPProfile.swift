/// A protection profile of DTLS-SRTP (RFC 5764 §4.1.2, RFC 7714 §14.2). The raw value is its number
/// in the extension.
public enum SRTPProfile: UInt16, Sendable, Hashable, CaseIterable {
    /// AES-128 in counter mode, and 80 bits of HMAC-SHA1; every peer has it (RFC 5764).
    case aes128CMSHA1With80BitTag = 0x0001
    /// AES-128-GCM with a tag of 128 bits (RFC 7714); the cheapest by far where the processor has
    /// AES.
    case aeadAES128GCM = 0x0007
    /// The same with a key of 256 bits.
    case aeadAES256GCM = 0x0008

    /// The name that the registry of IANA and W3C's `srtpCipher` use.
    public var name: String {
        switch self {
        case .aes128CMSHA1With80BitTag: "SRTP_AES128_CM_HMAC_SHA1_80"
        case .aeadAES128GCM: "SRTP_AEAD_AES_128_GCM"
        case .aeadAES256GCM: "SRTP_AEAD_AES_256_GCM"
        }
    }

    /// Bytes of a master key.
    public var keyLength: Int { self == .aeadAES256GCM ? 32 : 16 }

    /// Bytes of a master salt.
    public var saltLength: Int { self == .aes128CMSHA1With80BitTag ? 14 : 12 }
}
