import Testing

@testable import ICE
@testable import NetworkLoop

@Suite("two agents on loopback", .serialized, .timeLimit(.minutes(1)))
struct LoopbackTests {
    @Test("two trickling agents connect and carry datagrams both ways")
    func trickle() async throws {
        let pair = AgentPair()
        try await pair.start(AgentPair.loopback)
        await pair.connected()
        #expect(try await pair.offerer.send("\u{80}hello") == .sent)
        #expect(try await pair.answerer.send("\u{80}world") == .sent)
        await pair.answerer.wait { $0.received == [Array("\u{80}hello".utf8)] }
        await pair.offerer.wait { $0.received == [Array("\u{80}world".utf8)] }
        await pair.offerer.wait { $0.agent?.state == .completed }
        let states = try await on(pair.offerer.loop) { pair.offerer.states }
        #expect(states == [.checking, .connected, .completed])
        try await pair.close()
    }
}
