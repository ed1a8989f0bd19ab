/// What a datagram is, by its first byte (RFC 7983 §7).
enum PacketKind {
    case stun, zrtp, dtls, turnChannel, rtp, unknown

    init(firstByte: UInt8) {
        self =
            switch firstByte {
            case 0...3: .stun
            case 16...19: .zrtp
            case 20...63: .dtls
            case 64...79: .turnChannel
            case 128...191: .rtp
            default: .unknown
            }
    }
}
