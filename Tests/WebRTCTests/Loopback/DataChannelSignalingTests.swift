import JSEP
import Testing
import WebRTCTestSupport

@testable import WebRTC

@Suite("Signaling over the connection itself", .timeLimit(.minutes(2)))
struct DataChannelSignalingTests {
    @Test("negotiates what is added later, at either end")
    func later() async throws {
        let pair = try ConnectedPair()
        let (a, b) = try await pair.channel("signaling")
        let negotiators = [
            PerfectNegotiator(pair.a, over: DataChannelSignaling(a), polite: true),
            PerfectNegotiator(pair.b, over: DataChannelSignaling(b), polite: false),
        ]
        let (fromA, fromB) = (pair.b.tracks, pair.a.tracks)
        try await pair.a.addTrack(MediaStreamTrack(.video))
        try await pair.b.addTrack(MediaStreamTrack(.audio))
        #expect(await fromA.first { _ in true }?.track.kind == .video)
        #expect(await fromB.first { _ in true }?.track.kind == .audio)
        for negotiator in negotiators { negotiator.close() }
        await pair.close()
    }

    @Test("what is no message of signaling is reported, and the next one is read")
    func malformed() async throws {
        let pair = try ConnectedPair()
        let (a, b) = try await pair.channel("signaling")
        try await a.send("{\"description\":7}")
        try await a.send("{\"\(String(repeating: "\u{301}\u{316}", count: 100))\":1}")
        try await a.send(.pattern(4))
        try await DataChannelSignaling(a).send(.candidate(nil))
        var events = DataChannelSignaling(b).messages.makeAsyncIterator()
        for _ in 0..<3 {
            if case .problem = await events.next() { continue }
            Issue.record("it is no problem")
        }
        #expect(await events.next() == .message(.candidate(nil)))
        await pair.close()
        #expect(await events.next() == nil)
    }
}
