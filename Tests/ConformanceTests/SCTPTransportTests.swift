import JSEP
import Testing
import WebRTC
import WebRTCTestSupport

@Suite("DCH: the SCTP transport", .timeLimit(.minutes(3)))
struct SCTPTransportTests {
    @Test("DCH-39 there is an SCTP transport once data is negotiated; it is connecting until SCTP is up")
    func existence() async throws {
        let pair = try ConnectedPair()
        #expect(pair.a.sctp == nil)
        let channel = try await pair.a.createDataChannel("data")
        let offer = try await pair.a.createOffer()
        #expect(pair.a.sctp == nil)
        try await pair.a.setLocalDescription(offer)
        #expect(pair.a.sctp?.state == .connecting)
        try await pair.b.setRemoteDescription(offer)
        try await pair.b.setLocalDescription()
        #expect(pair.b.sctp != nil)
        try await pair.a.setRemoteDescription(#require(pair.b.localDescription))
        // What was trickled before the peer knew its credentials is in the descriptions, or learnt from the checks.
        try await channel.opened()
        #expect(pair.a.sctp?.state == .connected)
        await pair.close()
    }

    @Test("DCH-39 without data channels there is no SCTP transport")
    func withoutData() async throws {
        let connection = try PeerConnection()
        defer { connection.close() }
        try await connection.setLocalDescription()
        #expect(connection.sctp == nil)
    }

    @Test("DCH-41 maxChannels is unknown until SCTP is up, and then the same on both sides")
    func maxChannels() async throws {
        let pair = try ConnectedPair()
        _ = try await pair.a.createDataChannel("data")
        try await pair.a.setLocalDescription()
        #expect(pair.a.sctp?.maxChannels == nil)
        try await pair.a.setLocalDescription(SessionDescription(type: .rollback))
        _ = try await pair.channel()
        let channels = try #require(pair.a.sctp?.maxChannels)
        #expect(channels > 0 && pair.b.sctp?.maxChannels == channels)
        await pair.close()
    }

    @Test(
        "DCH-42 the peer's max-message-size counts; without one it is 64 KiB",
        arguments: [("a=max-message-size:1000\r\n", 1000), ("", 65536), ("a=max-message-size:262144\r\n", 262_144)])
    func maxMessageSize(line: String, size: Int) async throws {
        let (offerer, answerer) = (try PeerConnection(), try PeerConnection())
        defer {
            offerer.close()
            answerer.close()
        }
        _ = try await offerer.createDataChannel("data")
        var offer = try await offerer.createOffer()
        #expect(offer.values(of: "max-message-size") == ["262144"])
        offer.sdp = offer.sdp.replacing("a=max-message-size:262144\r\n", with: line)
        try await answerer.setRemoteDescription(offer)
        try await answerer.setLocalDescription()
        #expect(answerer.sctp?.maxMessageSize == size)
    }
}
