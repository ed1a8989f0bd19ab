import JSEP
import Testing
import WebRTC
import WebRTCTestSupport

@Suite("Descriptions that signaling has made odd", .timeLimit(.minutes(3)))
struct OddDescriptionTests {
    /// Connects with complete descriptions, each changed on its way; returns the channel at both ends.
    private func connect(
        _ a: PeerConnection, _ b: PeerConnection, _ change: (String) -> String
    ) async throws -> (DataChannel, DataChannel) {
        let channel = try await a.createDataChannel("chat")
        for (one, other) in [(a, b), (b, a)] {
            try await one.setLocalDescription()
            await one.gatheringComplete()
            var description = try #require(one.localDescription)
            description.sdp = change(description.sdp)
            try await other.setRemoteDescription(description)
        }
        try await channel.opened()
        for await other in b.dataChannels { return (channel, other) }
        throw CancellationError()
    }

    private func exchange(_ a: DataChannel, _ b: DataChannel) async throws {
        try await a.send("from a")
        #expect(try await b.receive() == .text("from a"))
        try await b.send("from b")
        #expect(try await a.receive() == .text("from b"))
    }

    @Test("candidates that nobody understands and lines that nobody needs stand beside those that connect")
    func oddLines() async throws {
        let pair = (
            try PeerConnection(configuration: ConnectedPair.loopback),
            try PeerConnection(configuration: ConnectedPair.loopback)
        )
        let odd = [
            "a=candidate:x", "a=candidate:1 1 udp 1 192.0.2.1 99999 typ host", "a=candidate", "a=ssrc:x", "b=AS:-1",
            "i=",
            "a=candidate:1 1 quic 1 192.0.2.1 9 typ host", "a=candidate:1 1 udp 1 fe80::1%eth0 9 typ host", "a=", "z=x",
            "a=candidate:1 1 udp 1 foo!bar 9 typ host",
        ].map { $0 + "\r\n" }.joined()
        let channels = try await connect(pair.0, pair.1) { sdp in
            sdp.replacing("t=0 0", with: "t=now").replacing(
                " IN IP4 127.0.0.1\r\ns=", with: "18446744073709551616 IN IP4 x\r\ns="
            )
            .replacing("a=setup:", with: odd + "a=setup:").replacing("UDP/DTLS/SCTP", with: "udp/dtls/sctp")
        }
        try await exchange(channels.0, channels.1)
        #expect(pair.1.remoteDescription?.sdp.contains("a=candidate:1 1 quic ") == true)
        pair.0.close()
        pair.1.close()
    }

    @Test("the form before RFC 8841 connects, on the ports that it names, and goes on in later rounds")
    func oldForm() async throws {
        let pair = (
            try PeerConnection(configuration: ConnectedPair.loopback),
            try PeerConnection(configuration: ConnectedPair.loopback)
        )
        let channels = try await connect(pair.0, pair.1) { sdp in
            sdp.replacing("UDP/DTLS/SCTP webrtc-datachannel", with: "DTLS/SCTP 5000")
                .replacing("a=sctp-port:5000", with: "a=sctpmap:5000 webrtc-datachannel 1024")
        }
        try await exchange(channels.0, channels.1)
        for (one, other) in [(pair.1, pair.0), (pair.0, pair.1)] {
            try await one.setLocalDescription()
            try await other.setRemoteDescription(#require(one.localDescription))
            try await other.setLocalDescription()
            try await one.setRemoteDescription(#require(other.localDescription))
            #expect(one.currentLocalDescription?.sdp.contains(" DTLS/SCTP 5000\r\n") == true)
            try await exchange(channels.0, channels.1)
        }
        pair.0.close()
        pair.1.close()
    }
}
