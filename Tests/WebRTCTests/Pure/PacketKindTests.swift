import Testing

@testable import WebRTC

@Suite("What a datagram is")
struct PacketKindTests {
    @Test("each of the 256 first bytes means what RFC 7983 §7 says")
    func table() {
        for byte in UInt8.min...UInt8.max {
            let expected: PacketKind =
                switch byte {
                case 0, 1, 2, 3: .stun
                case 16, 17, 18, 19: .zrtp
                case 20...63: .dtls
                case 64...79: .turnChannel
                case 128...191: .srtp
                default: .unknown
                }
            #expect(PacketKind(of: [byte].span) == expected, "first byte \(byte)")
        }
    }
}
