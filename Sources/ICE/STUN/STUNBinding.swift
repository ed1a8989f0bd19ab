internal import TransportTypes

/// The Binding method of STUN as a client uses it to learn its own address, RFC 8489 §5, §6, §14,
/// and what of TURN is looked at.
///
/// Pure: bytes in, bytes out.
enum STUNBinding {
    /// 96 random bits that pair a response with its request (RFC 8489 §5).
    struct TransactionID: Hashable, Sendable {
        let high: UInt32
        let low: UInt64

        static func random(using generator: inout some RandomNumberGenerator) -> TransactionID {
            TransactionID(high: .random(in: .min ... .max, using: &generator), low: generator.next())
        }
    }

    /// What a server answers.
    enum Response: Hashable, Sendable {
        /// The address that the server saw.
        case mapped(TransportAddress)
        /// An error response: code 300 to 699, and its reason phrase.
        case error(code: UInt16, reason: String)
    }

    static let magicCookie: UInt32 = 0x2112_A442
    static let headerSize = 20

    static let request: UInt16 = 0x0001
    static let successResponse: UInt16 = 0x0101
    static let errorResponse: UInt16 = 0x0111

    /// A Binding request without attributes.
    static func encodeRequest(_ id: TransactionID) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(headerSize)
        append(request, to: &bytes)
        append(UInt16(0), to: &bytes)
        append(magicCookie, to: &bytes)
        append(id.high, to: &bytes)
        append(id.low, to: &bytes)
        return bytes
    }

    /// Reads a Binding response.
    ///
    /// - Returns: nil for what is not one, is malformed, has none of the attributes it needs, or
    ///   has an attribute that must be understood and is not (RFC 8489 §6.3.3): such a message is
    ///   dropped.
    static func decodeResponse(_ bytes: Span<UInt8>) -> (id: TransactionID, response: Response)? {
        guard bytes.count >= headerSize, bytes.count <= 0xFFFF, bytes.count.isMultiple(of: 4),
            Int(read16(bytes, 2)) == bytes.count - headerSize, read32(bytes, 4) == magicCookie
        else { return nil }
        let type = read16(bytes, 0)
        guard type == successResponse || type == errorResponse else { return nil }
        let id = transactionID(bytes)

        var xorMapped: TransportAddress?
        var mapped: TransportAddress?
        var error: Response?
        var offset = headerSize
        while offset < bytes.count {
            guard offset + 4 <= bytes.count else { return nil }
            let attribute = read16(bytes, offset)
            let length = Int(read16(bytes, offset + 2))
            let start = offset + 4
            guard start + length <= bytes.count else { return nil }
            let value = bytes.extracting(start..<start + length)
            switch attribute {
            case 0x0020:  // XOR-MAPPED-ADDRESS, §14.2
                guard let address = decodeAddress(value, mask: id) else { return nil }
                xorMapped = xorMapped ?? address
            case 0x0001:  // MAPPED-ADDRESS, §14.1
                guard let address = decodeAddress(value, mask: nil) else { return nil }
                mapped = mapped ?? address
            case 0x0009:  // ERROR-CODE, §14.8
                guard let decoded = decodeError(value) else { return nil }
                error = error ?? decoded
            case 0x0002...0x000B, 0x0014, 0x0015, 0x001C...0x001E:
                break  // known, of RFC 3489 too, and without meaning here
            case 0x8000...: break  // comprehension-optional
            default: return nil
            }
            offset = start + (length + 3) / 4 * 4
        }
        if type == errorResponse { return error.map { (id, $0) } }
        return (xorMapped ?? mapped).map { (id, .mapped($0)) }
    }

    /// The relayed address in a success response to TURN's Allocate (RFC 8656 §7.3); nil for
    /// anything else.
    static func decodeAllocation(_ bytes: Span<UInt8>) -> TransportAddress? {
        guard bytes.count >= headerSize, read16(bytes, 0) == 0x0103, read32(bytes, 4) == magicCookie else { return nil }
        let id = transactionID(bytes)
        var offset = headerSize
        while offset + 4 <= bytes.count {
            let start = offset + 4
            let length = Int(read16(bytes, offset + 2))
            guard start + length <= bytes.count else { return nil }
            if read16(bytes, offset) == 0x0016 {  // XOR-RELAYED-ADDRESS
                return decodeAddress(bytes.extracting(start..<start + length), mask: id)
            }
            offset = start + (length + 3) / 4 * 4
        }
        return nil
    }

    /// Of a message that is as long as a header at least.
    static func transactionID(_ bytes: Span<UInt8>) -> TransactionID {
        TransactionID(high: read32(bytes, 8), low: UInt64(read32(bytes, 12)) << 32 | UInt64(read32(bytes, 16)))
    }

    private static func decodeAddress(_ value: Span<UInt8>, mask id: TransactionID?) -> TransportAddress? {
        guard value.count == 8 || value.count == 20, value[1] == (value.count == 8 ? 1 : 2) else { return nil }
        var key: [UInt8] = []
        if let id {
            append(magicCookie, to: &key)
            append(id.high, to: &key)
            append(id.low, to: &key)
        }
        var address: [UInt8] = []
        for index in 4..<value.count { address.append(value[index] ^ (id == nil ? 0 : key[index - 4])) }
        let port = read16(value, 2) ^ (id == nil ? 0 : UInt16(magicCookie >> 16))
        guard port != 0 else { return nil }
        return IPAddress(bytes: address).map { TransportAddress(address: $0, port: port) }
    }

    private static func decodeError(_ value: Span<UInt8>) -> Response? {
        guard value.count >= 4, (3...6).contains(value[2] & 7), value[3] < 100 else { return nil }
        var reason: [UInt8] = []
        for index in 4..<min(value.count, 4 + 763) { reason.append(value[index]) }
        return .error(
            code: UInt16(value[2] & 7) * 100 + UInt16(value[3]), reason: String(decoding: reason, as: UTF8.self))
    }

    static func append(_ number: some FixedWidthInteger, to bytes: inout [UInt8]) {
        for shift in stride(from: number.bitWidth - 8, through: 0, by: -8) {
            bytes.append(UInt8(truncatingIfNeeded: number >> shift))
        }
    }

    static func read16(_ bytes: Span<UInt8>, _ offset: Int) -> UInt16 {
        UInt16(bytes[offset]) << 8 | UInt16(bytes[offset + 1])
    }

    static func read32(_ bytes: Span<UInt8>, _ offset: Int) -> UInt32 {
        UInt32(read16(bytes, offset)) << 16 | UInt32(read16(bytes, offset + 2))
    }
}
