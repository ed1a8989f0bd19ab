/// What a datagram is, by its first bytes (RFC 7983 §7).
enum PacketKind {
    case stun, zrtp, dtls, turnChannel, srtp, srtcp, unknown

    init(of datagram: Span<UInt8>) {
        guard datagram.count > 0 else {
            self = .unknown
            return
        }
        self =
            switch datagram[0] {
            case 0...3: .stun
            case 16...19: .zrtp
            case 20...63: .dtls
            case 64...79: .turnChannel
            // RTCP's packet types are 192 to 223 where RTP has the marker bit and the payload type
            // (RFC 5761 §4).
            case 128...191: datagram.count > 1 && (192...223).contains(datagram[1]) ? .srtcp : .srtp
            default: .unknown
            }
    }
}
