/// How a cipher suite protects a record.
enum RecordSuite {
    /// RFC 5288: a nonce of a salt and eight bytes that travel with each record.
    case aes128GCM, aes256GCM
    /// RFC 7905: the number of the record, mixed into the initial vector.
    case chaCha20Poly1305

    /// The suite of this number on the wire, if it is one that we offer.
    init?(codePoint: UInt16) {
        switch codePoint {
        case 0xC02B, 0xC02F: self = .aes128GCM
        case 0xC02C, 0xC030: self = .aes256GCM
        case 0xCCA8, 0xCCA9: self = .chaCha20Poly1305
        default: return nil
        }
    }

    static let tagLength = 16

    var keyLength: Int { self == .aes128GCM ? 16 : 32 }
    /// What the key block has of the nonce.
    var saltLength: Int { self == .chaCha20Poly1305 ? 12 : 4 }
    /// What of the nonce stands in each record.
    var explicitLength: Int { self == .chaCha20Poly1305 ? 0 : 8 }
    /// What a record is longer by than its content.
    var overhead: Int { Record.headerLength + explicitLength + Self.tagLength }
    /// The hash function of the suite's key derivation.
    var digest: String { self == .aes256GCM ? "SHA384" : "SHA256" }
}
