internal import TransportTypes

/// A Binding request to a peer, and the proof that an answer is the peer's: RFC 8445 §7.1 and
/// §7.2.5, RFC 8489 §9.1.
///
/// Pure: bytes in, bytes out.
struct ConnectivityCheck {
    /// What an answer says that has the peer's MESSAGE-INTEGRITY.
    enum Answer: Hashable {
        case success
        /// 487: the peer has the role that the check claims.
        case roleConflict
        /// 403: the peer takes its consent back (RFC 7675 §5.2).
        case forbidden
        /// Another error, which is no consent.
        case error(UInt16)
    }

    /// Of the pair: the check is made and answered with these.
    let local: ICECredentials
    let remote: ICECredentials
    /// The priority that a peer-reflexive candidate would have (RFC 8445 §7.1.1).
    let priority: UInt32
    /// libnice may have changed it after a conflict without saying so; the peer's 487 tells.
    var role: ICERole

    private enum Attribute {
        static let username: UInt16 = 0x0006
        static let messageIntegrity: UInt16 = 0x0008
        static let errorCode: UInt16 = 0x0009
        static let priority: UInt16 = 0x0024
        static let fingerprint: UInt16 = 0x8028
        static let controlled: UInt16 = 0x8029
        static let controlling: UInt16 = 0x802A
    }

    /// The request.
    ///
    /// It never makes the peer change its role: the tie-breaker loses as controlling and wins as
    /// controlled, so that a conflict is answered with 487 (RFC 8445 §7.3.1.1). It is not 0, which
    /// libjuice takes for no attribute, and refuses.
    func encode(_ id: STUNBinding.TransactionID) -> [UInt8] {
        var bytes: [UInt8] = STUNBinding.encodeRequest(id)
        let username = Array("\(remote.usernameFragment):\(local.usernameFragment)".utf8)
        Self.append(Attribute.username, username, to: &bytes)
        Self.append(Attribute.priority, Self.bytes(of: priority), to: &bytes)
        let isControlling = role == .controlling
        Self.append(
            isControlling ? Attribute.controlling : Attribute.controlled,
            Self.bytes(of: isControlling ? UInt64(1) : .max), to: &bytes)
        let code = Self.integrity(of: bytes[...], password: remote.password)
        Self.append(Attribute.messageIntegrity, code, to: &bytes)
        Self.setLength(bytes.count + 8, of: &bytes)
        Self.append(Attribute.fingerprint, Self.bytes(of: Self.fingerprint(of: bytes)), to: &bytes)
        return bytes
    }

    /// Reads an answer.
    ///
    /// - Returns: nil for all that is no Binding response with the MESSAGE-INTEGRITY that the
    ///   peer's password gives; what stands behind that attribute is not looked at (RFC 8489
    ///   §14.5).
    func answer(in bytes: Span<UInt8>) -> (id: STUNBinding.TransactionID, answer: Answer)? {
        guard bytes.count >= STUNBinding.headerSize, bytes.count <= 0xFFFF,
            STUNBinding.read32(bytes, 4) == STUNBinding.magicCookie,
            Int(STUNBinding.read16(bytes, 2)) == bytes.count - STUNBinding.headerSize
        else { return nil }
        let type = STUNBinding.read16(bytes, 0)
        guard type == STUNBinding.successResponse || type == STUNBinding.errorResponse else { return nil }
        var error: UInt16?
        var offset = STUNBinding.headerSize
        while offset + 4 <= bytes.count {
            let attribute = STUNBinding.read16(bytes, offset)
            let length = Int(STUNBinding.read16(bytes, offset + 2))
            let start = offset + 4
            guard start + length <= bytes.count else { return nil }
            if attribute == Attribute.messageIntegrity {
                guard length == MessageIntegrity.size, isAuthentic(bytes, code: start) else { return nil }
                return (STUNBinding.transactionID(bytes), Self.answer(type, error))
            }
            if attribute == Attribute.errorCode, length >= 4 {
                error = UInt16(bytes[start + 2] & 7) * 100 + UInt16(bytes[start + 3])
            }
            offset = start + (length + 3) / 4 * 4
        }
        return nil
    }

    private static func answer(_ type: UInt16, _ error: UInt16?) -> Answer {
        switch (type, error) {
        case (STUNBinding.successResponse, _): .success
        case (_, 487): .roleConflict
        case (_, 403): .forbidden
        default: .error(error ?? 0)
        }
    }

    private func isAuthentic(_ bytes: Span<UInt8>, code start: Int) -> Bool {
        var message: [UInt8] = []
        message.reserveCapacity(start)
        for index in 0..<start - 4 { message.append(bytes[index]) }
        let expected = Self.integrity(of: message[...], password: remote.password)
        guard expected.count == MessageIntegrity.size else { return false }
        var difference: UInt8 = 0
        for index in expected.indices { difference |= expected[index] ^ bytes[start + index] }
        return difference == 0
    }

    /// The code for a message that has the attribute next: its length counts it already (RFC 8489
    /// §14.5).
    private static func integrity(of message: ArraySlice<UInt8>, password: String) -> [UInt8] {
        var message = Array(message)
        setLength(message.count + 4 + MessageIntegrity.size, of: &message)
        return MessageIntegrity.code(of: message, password: password)
    }

    /// - Parameter total: of the whole message, the header included.
    private static func setLength(_ total: Int, of message: inout [UInt8]) {
        let length = total - STUNBinding.headerSize
        message[2] = UInt8(truncatingIfNeeded: length >> 8)
        message[3] = UInt8(truncatingIfNeeded: length)
    }

    private static func append(_ attribute: UInt16, _ value: [UInt8], to bytes: inout [UInt8]) {
        STUNBinding.append(attribute, to: &bytes)
        STUNBinding.append(UInt16(value.count), to: &bytes)
        bytes += value
        while !bytes.count.isMultiple(of: 4) { bytes.append(0) }
    }

    private static func bytes(of number: some FixedWidthInteger) -> [UInt8] {
        var bytes: [UInt8] = []
        STUNBinding.append(number, to: &bytes)
        return bytes
    }

    /// CRC-32 of ITU-T V.42, XORed with a constant: RFC 8489 §14.7.
    static func fingerprint(of message: [UInt8]) -> UInt32 {
        var crc = UInt32.max
        for byte in message {
            crc ^= UInt32(byte)
            for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
        }
        return ~crc ^ 0x5354_554E
    }
}
