/// The header of a DTLS record (RFC 6347 §4.1) and the checks that need no key.
///
/// OpenSSL would drop most of what is refused here too, but not all: a record of the next epoch is kept by it, with a whole
/// read buffer, until the epoch comes, and during a handshake a message that only the other role may send is fatal.
struct Record {
    enum ContentType: UInt8 {
        case changeCipherSpec = 20
        case alert = 21
        case handshake = 22
        case applicationData = 23
    }

    static let headerLength = 13
    /// RFC 6347 §4.1: the plaintext limit of TLS plus what encryption may add.
    static let maximumLength = 16_384 + 2048

    let type: ContentType
    let epoch: UInt16
    /// Where the record, header included, lies in its datagram.
    let range: Range<Int>

    /// The record that begins at `offset`, or nil if there is none that is whole and of a version we could speak.
    init?(in datagram: Span<UInt8>, at offset: Int) {
        guard offset >= 0, datagram.count - offset >= Self.headerLength,
            let type = ContentType(rawValue: datagram[offset])
        else { return nil }
        // The first ClientHello may say DTLS 1.0 (FEFF), everything later says 1.2 (FEFD); RFC 6347 §4.2.1.
        let version = datagram[offset + 2]
        guard datagram[offset + 1] == 0xFE, version == 0xFD || version == 0xFF else { return nil }
        let length = Int(datagram[offset + 11]) << 8 | Int(datagram[offset + 12])
        guard length <= Self.maximumLength, datagram.count - offset - Self.headerLength >= length else { return nil }
        self.type = type
        epoch = UInt16(datagram[offset + 3]) << 8 | UInt16(datagram[offset + 4])
        range = offset..<offset + Self.headerLength + length
    }

    /// What a record is numbered with: its epoch, and behind it the sequence number of 48 bits.
    static func number(epoch: UInt16, _ sequence: UInt64) -> UInt64 {
        UInt64(epoch) << 48 | sequence & 0xFFFF_FFFF_FFFF
    }

    /// The number of the record that these bytes begin with; there are at least ``headerLength``.
    static func number(in bytes: Span<UInt8>) -> UInt64 {
        (3..<11).reduce(0) { $0 << 8 | UInt64(bytes[$1]) }
    }

    /// The sequence number of the record that these bytes begin with.
    static func sequence(in bytes: Span<UInt8>) -> UInt64 { number(in: bytes) & 0xFFFF_FFFF_FFFF }

    /// Whether a record of a handshake under way can come from a peer of the given role; `bytes` is all of the record.
    func isPlausible(_ bytes: Span<UInt8>, from peer: DTLSRole) -> Bool {
        let body = Self.headerLength
        let length = bytes.count - body
        switch (type, epoch) {
        case (.changeCipherSpec, 0):
            return length == 1 && bytes[body] == 1
        case (.alert, 0):
            return length == 2 && (bytes[body] == 1 || bytes[body] == 2)
        case (.handshake, 0):
            return length >= 12 && Self.isPlausibleMessage(bytes, at: body, recordLength: length, from: peer)
        case (.handshake, 1), (.alert, 1), (.applicationData, 1):
            return true  // encrypted, the key will tell
        default:
            return false
        }
    }

    /// RFC 6347 §4.2.2: type, length, message_seq, fragment_offset, fragment_length.
    private static func isPlausibleMessage(
        _ bytes: Span<UInt8>, at body: Int, recordLength: Int, from peer: DTLSRole
    ) -> Bool {
        // hello_request, server_hello, hello_verify_request, new_session_ticket, certificate, server_key_exchange,
        // certificate_request, server_hello_done, certificate_status; client_hello, certificate, certificate_verify,
        // client_key_exchange. finished is never in epoch 0.
        let allowed: Bool =
            switch (peer, bytes[body]) {
            case (.server, 0), (.server, 2), (.server, 3), (.server, 4), (.server, 11), (.server, 12), (.server, 13),
                (.server, 14), (.server, 22):
                true
            case (.client, 1), (.client, 11), (.client, 15), (.client, 16): true
            default: false
            }
        let messageLength = number(bytes, at: body + 1)
        let fragmentOffset = number(bytes, at: body + 6)
        let fragmentLength = number(bytes, at: body + 9)
        return allowed && fragmentLength <= recordLength - 12 && fragmentOffset + fragmentLength <= messageLength
    }

    private static func number(_ bytes: Span<UInt8>, at index: Int) -> Int {
        Int(bytes[index]) << 16 | Int(bytes[index + 1]) << 8 | Int(bytes[index + 2])
    }
}
