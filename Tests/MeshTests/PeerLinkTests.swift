import JSEP
import Testing
import WebRTC
import WebRTCTestSupport

@testable import Mesh

@Suite("The link to one peer", .timeLimit(.minutes(1)))
struct PeerLinkTests {
    @Test("it reads the one channel that is meant, and closes what else the peer opens meanwhile")
    func otherChannels() async throws {
        let connection = try PeerConnection(configuration: ConnectedPair.loopback)
        let mesh = try await connection.createDataChannel("mesh")
        try await connection.setLocalDescription()
        await connection.gatheringComplete()
        let offer = try #require(connection.localDescription).sdp
        let link = try PeerLink(peer: PeerID(), configuration: ConnectedPair.loopback)
        let running = Task {
            await link.run(as: .answerer(offer: offer)) { event in
                switch event {
                case .signal(.description(let answer, _)): try? await connection.setRemoteDescription(answer)
                case .signal(.candidate(let candidate)): try? await connection.addICECandidate(candidate)
                case .opened, .message, .stateOpened, .stateMessage, .stateClosed: break
                }
            }
        }
        try await mesh.opened()
        for _ in 0..<10 {
            let other = try await connection.createDataChannel("other")
            await other.closed()
        }
        #expect(mesh.readyState == .open)
        link.close(because: "the test is over")
        _ = await running.value
        connection.close()
        await connection.closed()
        await link.closed()
    }

    @Test("the shared state has a channel of its own, once, and a link goes on when that ends")
    func stateChannel() async throws {
        let connection = try PeerConnection(configuration: ConnectedPair.loopback)
        let mesh = try await connection.createDataChannel("mesh")
        let state = try await connection.createDataChannel("mesh-state")
        try await connection.setLocalDescription()
        await connection.gatheringComplete()
        let offer = try #require(connection.localDescription).sdp
        let link = try PeerLink(peer: PeerID(), configuration: ConnectedPair.loopback)
        let (texts, feed) = AsyncStream.makeStream(of: String.self)
        let running = Task {
            await link.run(as: .answerer(offer: offer)) { event in
                switch event {
                case .signal(.description(let answer, _)): try? await connection.setRemoteDescription(answer)
                case .signal(.candidate(let candidate)): try? await connection.addICECandidate(candidate)
                case .stateMessage(let text): feed.yield(text)
                case .stateClosed: feed.yield("closed")
                case .opened, .message, .stateOpened: break
                }
            }
        }
        #expect(!link.trySendState("too early"))
        try await state.opened()
        try await state.send("one")
        var iterator = texts.makeAsyncIterator()
        #expect(await iterator.next() == "one")
        #expect(link.trySendState("two"))
        for try await message in state.messages {
            #expect(message == .text("two"))
            break
        }
        let second = try await connection.createDataChannel("mesh-state")
        await second.closed()
        state.close()
        #expect(await iterator.next() == "closed")
        #expect(!link.trySendState("too late") && !link.isOver)
        try await mesh.opened()
        link.close(because: "the test is over")
        _ = await running.value
        connection.close()
        await connection.closed()
        await link.closed()
    }

    @Test("it ends when the other end sends more text through signaling than could be taken")
    func flooded() async throws {
        let link = try PeerLink(peer: PeerID(), configuration: ConnectedPair.loopback)
        let sdp = String(repeating: "x", count: 60_000)
        for _ in 0..<17 { link.deliver(.description(SessionDescription(type: .offer, sdp: sdp))) }
        #expect(!link.isOver)
        link.deliver(.description(SessionDescription(type: .offer, sdp: sdp)))
        #expect(link.isOver)
        await link.closed()
    }

    @Test("a link whose offer is refused ends, and says why")
    func refusedOffer() async throws {
        let link = try PeerLink(peer: PeerID(), configuration: ConnectedPair.loopback)
        let reason = await link.run(as: .answerer(offer: "no description")) { _ in }
        #expect(reason.contains("setRemoteDescription"))
        await link.closed()
    }
}
