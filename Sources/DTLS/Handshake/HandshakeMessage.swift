/// A whole handshake message of epoch 0 (RFC 6347 §4.2.2).
struct HandshakeMessage {
    enum Kind: UInt8 {
        case clientHello = 1
        case serverHello = 2
        case helloVerifyRequest = 3
        case certificate = 11
        case serverKeyExchange = 12
        case certificateRequest = 13
        case serverHelloDone = 14
        case certificateVerify = 15
        case clientKeyExchange = 16

        /// How long such a message can be. OpenSSL ends the session over one that is longer; what
        /// is whole is handed to it in one record, so that none may be longer than that.
        var lengths: ClosedRange<Int> {
            switch self {
            case .clientHello: 42...8192
            case .serverHello: 38...16_000
            case .helloVerifyRequest: 3...258
            case .certificate: 3...16_000
            case .serverKeyExchange, .certificateRequest, .certificateVerify: 4...16_000
            case .serverHelloDone: 0...0
            case .clientKeyExchange: 2...2048
            }
        }
    }

    static let headerLength = 12

    let kind: Kind
    /// `message_seq`.
    let sequence: Int
    let body: [UInt8]
    /// In which datagram of the handshake the last of it came. What comes in one datagram has one
    /// sender.
    let datagram: Int
    /// Tells it from others that are kept.
    var id = 0

    /// Whether both say the same.
    func repeats(_ other: HandshakeMessage) -> Bool { kind == other.kind && body == other.body }

    /// The message as it is hashed and signed, and as it is sent where it fits: in one fragment.
    var bytes: [UInt8] {
        let length = Self.number(body.count, 3)
        return [kind.rawValue] + length + Self.number(sequence, 2) + [0, 0, 0] + length + body
    }

    /// A record of epoch 0 with the message.
    func record(number: UInt64) -> [UInt8] { Record.plain(.handshake, number: number, bytes) }

    private static func number(_ value: Int, _ count: Int) -> [UInt8] {
        (0..<count).reversed().map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
}

extension Record {
    /// A record of epoch 0.
    static func plain(_ type: ContentType, number: UInt64, _ content: [UInt8]) -> [UInt8] {
        [type.rawValue, 0xFE, 0xFD]
            + (0..<8).reversed().map { UInt8(truncatingIfNeeded: Self.number(epoch: 0, number) >> (8 * UInt64($0))) }
            + [UInt8(truncatingIfNeeded: content.count >> 8), UInt8(truncatingIfNeeded: content.count)] + content
    }
}
