/// The header of a DTLS record (RFC 6347 §4.1) and the checks that need no key.
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
    /// The largest sequence number of an epoch: 48 bits.
    static let lastSequence: UInt64 = 0xFFFF_FFFF_FFFF

    let type: ContentType
    let epoch: UInt16
    /// Where the record, header included, lies in its datagram.
    let range: Range<Int>

    /// The record that begins at `offset`, or nil if there is none that is whole and of a version
    /// we could speak.
    init?(in datagram: Span<UInt8>, at offset: Int) {
        guard offset >= 0, datagram.count - offset >= Self.headerLength,
            let type = ContentType(rawValue: datagram[offset])
        else { return nil }
        // The first ClientHello may say DTLS 1.0 (FEFF), everything later says 1.2 (FEFD); RFC 6347
        // §4.2.1.
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
        UInt64(epoch) << 48 | sequence & lastSequence
    }

    /// The number of the record that these bytes begin with; there are at least ``headerLength``.
    static func number(in bytes: Span<UInt8>) -> UInt64 {
        (3..<11).reduce(0) { $0 << 8 | UInt64(bytes[$1]) }
    }

    /// The sequence number of the record that these bytes begin with.
    static func sequence(in bytes: Span<UInt8>) -> UInt64 { number(in: bytes) & lastSequence }
}
