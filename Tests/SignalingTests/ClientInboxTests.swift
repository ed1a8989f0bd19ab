import Testing

@testable import Signaling

@Suite("what a client keeps for a reader that does not read")
struct ClientInboxTests {
    static let long = String(repeating: "x", count: 10_000)

    /// Each with one text that the server has made long.
    static let messages: [MeshMessage] = [
        .register(Registration(peerID: long, peerType: .display, displayName: "x")),
        .register(Registration(peerID: "x", peerType: .display, displayName: long)),
        .offer(from: long, to: "x", sdp: "x"), .offer(from: nil, to: long, sdp: "x"),
        .answer(from: nil, to: "x", sdp: long), .ice(from: long, to: "x", candidate: nil),
        .ice(from: nil, to: "x", candidate: CandidateMessage(candidate: long)),
        .ice(from: nil, to: "x", candidate: CandidateMessage(candidate: "x", sdpMid: long)),
        .ice(from: nil, to: "x", candidate: CandidateMessage(candidate: "x", usernameFragment: long)),
        .peerList([PeerInfo(id: long, peerType: .display, displayName: "x", isConnected: true, isLeader: false)]),
        .peerList([PeerInfo(id: "x", peerType: .display, displayName: long, isConnected: true, isLeader: false)]),
        .heartbeat(peerID: long), .error(ErrorMessage(code: long, message: "x")),
        .error(ErrorMessage(code: "x", message: long)), .error(ErrorMessage(code: "x", message: "x", to: long)),
        .error(ErrorMessage(code: "x", message: "x", callID: long)),
    ]

    @Test("the bytes are bounded whichever field the server makes long", arguments: messages)
    func bytes(_ message: MeshMessage) {
        let configuration = SignalingClientConfiguration(queueLimit: 256, queueBytes: 25_000)
        let received = SignalingMessages.inbox(configuration)
        #expect((0..<3).map { _ in received.push(message).hasRoom } == [true, true, false])
        let events = ReconnectingSignalingClient.Events.inbox(configuration)
        #expect((0..<3).map { _ in events.push(.message(message)).hasRoom } == [true, true, false])
    }

    @Test("so is the number of messages without any content")
    func count() {
        let configuration = SignalingClientConfiguration(queueLimit: 2)
        let events = ReconnectingSignalingClient.Events.inbox(configuration)
        #expect((0..<2).map { _ in events.push(.connected).hasRoom } == [true, false])
    }
}
