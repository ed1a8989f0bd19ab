import Foundation
import Testing
import TransportTypes

@testable import ICE
@testable import NetworkLoop

@Suite("the pace of connectivity checks", .serialized, .timeLimit(.minutes(1)))
struct PacingTests {
    @Test("the first check leaves in the turn in which there is a pair, the next one after the interval")
    func firstCheck() async throws {
        var configuration = AgentPair.loopback
        configuration.checkInterval = .seconds(1)
        let end = try await AgentEnd.gathering(configuration)
        await end.wait { $0.gatheringsFinished == 1 }
        let peers = try (0..<2).map { _ in try FakeSTUNServer.silentPort() }
        let candidates = try peers.enumerated().map { index, peer in
            try ICECandidate(parsing: "candidate:\(index) 1 udp \(2_000_000 - index) 127.0.0.1 \(peer.port) typ host")
        }
        let checked: [Bool] = try await withCheckedThrowingContinuation { continuation in
            end.loop.post {
                do {
                    try end.agent?.setRemoteCredentials(.random())
                    for candidate in candidates { try end.agent?.addRemoteCandidate(candidate) }
                } catch {
                    return continuation.resume(throwing: error)
                }
                // What is posted on the loop comes before libnice's sources in a turn: these are
                // two of them, with one turn of the timer between, however long they take.
                end.loop.post {
                    end.loop.post { continuation.resume(returning: peers.map { Self.hasDatagram($0.descriptor) }) }
                }
            }
        }
        #expect(checked == [true, false])
        await end.close()
        end.loop.shutdownFromTest()
        for peer in peers { Foundation.close(peer.descriptor) }
    }

    @Test("the timer of the checks ends with the search, however patient the agent is")
    func rest() async throws {
        let pair = AgentPair()
        var configuration = AgentPair.loopback
        configuration.pacTimer = .seconds(60)
        try await pair.start(configuration, gather: false)
        try await on(pair.offerer.loop) { try pair.offerer.agent?.gather() }
        await pair.offerer.wait { $0.gatheringsFinished == 1 }
        try await on(pair.answerer.loop) { try pair.answerer.agent?.gather() }
        await pair.connected()
        let timer = try await on(pair.answerer.loop) { pair.answerer.agent?.native?.checkTimer }
        #expect(timer != 0)
        for end in [pair.offerer, pair.answerer] { await end.wait { $0.agent?.native?.isPacing == false } }
        try await pair.close()
    }

    private static func hasDatagram(_ descriptor: Int32) -> Bool {
        var buffer = [UInt8](repeating: 0, count: 1500)
        // SAFETY: the buffer is as large as the call is told.
        return unsafe recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT)) > 0
    }
}
