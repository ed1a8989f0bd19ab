import Foundation
import Testing
import TransportTypes

@testable import ICE
@testable import NetworkLoop

@Suite("consent", .timeLimit(.minutes(2)))
struct ConsentTests {
    private static let junk: [[UInt8]] = [
        [0x80], [0x16, 0xFE, 0xFD], Array("not from the peer".utf8),
        // A Binding success response to nobody's request.
        STUNTests.ipv4Response,
        // A Binding indication.
        [0, 0x11, 0, 0, 0x21, 0x12, 0xA4, 0x42] + Array(repeating: 7, count: 12),
    ]

    @Test("a peer that vanishes is disconnected first, then failed")
    func vanish() async throws {
        let pair = try await connectedPair(expiry: .seconds(15))
        try await on(pair.answerer.loop) { pair.answerer.agent?.close() }
        await pair.offerer.wait { $0.agent?.state == .disconnected }
        await pair.offerer.wait { $0.agent?.state == .failed }
        let states = try await on(pair.offerer.loop) { pair.offerer.states }
        #expect(states == [.checking, .connected, .completed, .disconnected, .failed])
        #expect(try await pair.offerer.send("\u{80}") == .notConnected)
        try await pair.close()
    }

    @Test("on a clock that is moved by hand a peer that vanishes is given up after 30 s without a wait")
    func manualClock() async throws {
        let clock = ManualClock()
        let pair = AgentPair(clock: .manual(clock))
        try await pair.start(AgentPair.loopback)
        await pair.connected()
        await pair.offerer.wait { $0.states.last == .completed }
        await pair.answerer.close()
        var silentAt: Duration?
        for _ in 0..<30 {
            clock.advance(by: .seconds(1))
            // The loop has gone through its timers once what was queued behind them has run.
            for _ in 0..<2 { try await on(pair.offerer.loop) {} }
            let state = try await on(pair.offerer.loop) { pair.offerer.agent?.state }
            if silentAt == nil, state == .disconnected { silentAt = clock.now - .seconds(1) }
        }
        #expect(silentAt.map { $0 >= Consent.limit && $0 < .seconds(15) } == true)
        let states = try await on(pair.offerer.loop) { pair.offerer.states }
        #expect(states == [.checking, .connected, .completed, .disconnected, .failed])
        try await pair.close()
    }

    @Test(
        "a peer that is held up for longer than libnice waits is sent to all the while, and connected again afterwards")
    func heldUp() async throws {
        let pair = try await connectedPair(expiry: .seconds(30))
        let release = DispatchSemaphore(value: 0)
        pair.answerer.loop.post { release.wait() }
        await pair.offerer.wait { $0.agent?.state == .disconnected }
        await pair.offerer.pause(seconds: 6)
        #expect(try await pair.offerer.send("\u{80}held") == .sent, "RFC 7675 §5.1 allows 30 s")
        release.signal()
        await pair.answerer.wait { $0.received.count == 1 }
        await pair.offerer.wait { $0.isUsable }
        #expect(try await pair.offerer.send("\u{80}back") == .sent)
        await pair.answerer.wait { $0.received.count == 2 }
        try await pair.close()
    }

    @Test("what strangers send, and what comes from the peer's address unsigned, does not keep a connection alive")
    func junk() async throws {
        let pair = try await connectedPair(expiry: .seconds(11))
        let stranger = try await AgentEnd.gathering(AgentPair.loopback)
        let foreign = try #require(try await stranger.sockets().first)
        let own = try #require(try await pair.answerer.sockets().first)
        let target = try #require(try await pair.offerer.sockets().first.flatMap { TransportAddress(boundTo: $0) })
        let release = DispatchSemaphore(value: 0)
        pair.answerer.loop.post { release.wait() }
        let paths = [own, foreign].map { UDPPath(descriptor: $0, peer: target) }
        try await on(pair.offerer.loop) { Self.send(Self.junk, over: paths, from: pair.offerer.loop) }
        await pair.offerer.wait { $0.agent?.state == .failed }
        #expect(try await pair.offerer.send("\u{80}") == .notConnected)
        release.signal()
        try await pair.close()
        await stranger.close()
        stranger.loop.shutdownFromTest()
    }

    /// Once more each half a second, until the loop ends.
    private static func send(_ datagrams: [[UInt8]], over paths: [UDPPath], from loop: NetworkLoop) {
        for var path in paths {
            for datagram in datagrams { _ = path.send(datagram.span) }
        }
        _ = loop.schedule(after: .milliseconds(500)) { Self.send(datagrams, over: paths, from: loop) }
    }

    @Test("an end that refuses our checks with 401 has not consented")
    func refused() async throws {
        let pair = try await connectedPair(expiry: .seconds(11))
        try await on(pair.answerer.loop) { pair.answerer.agent?.native?.refuseChecks() }
        await pair.offerer.wait { $0.agent?.state == .failed }
        try await pair.close()
    }

    @Test("a restart of which nothing comes leaves the old pair as it was, until there is something to check")
    func emptyRestart() async throws {
        let pair = try await connectedPair(expiry: .seconds(11))
        for end in [pair.offerer, pair.answerer] {
            end.trickles = false
            try await on(end.loop) { try end.agent?.restart() }
        }
        try await pair.exchangeCredentials()
        await pair.offerer.pause(seconds: 13)
        #expect(try await pair.offerer.send("\u{80}meanwhile") == .sent)
        await pair.answerer.wait { $0.received.count == 1 }
        for (from, to) in [(pair.offerer, pair.answerer), (pair.answerer, pair.offerer)] {
            let candidates = try await on(from.loop) { from.agent?.localCandidates ?? [] }
            try await on(to.loop) { for candidate in candidates { try to.agent?.addRemoteCandidate(candidate) } }
        }
        for end in [pair.offerer, pair.answerer] {
            await end.wait { $0.pairs.count == 2 }
            let states = try await on(end.loop) { end.states }
            #expect(!states.contains(.failed) && !states.contains(.disconnected))
        }
        try await pair.close()
    }

    @Test("with the roles changed behind our back consent is still given")
    func roleConflict() async throws {
        let pair = AgentPair()
        var configuration = AgentPair.loopback
        configuration.consentExpiry = .seconds(11)
        // Both control at first; libnice changes one of them and does not say which.
        try await pair.start(configuration, roles: .controlling)
        await pair.connected()
        await pair.offerer.pause(seconds: 14)
        for end in [pair.offerer, pair.answerer] {
            let states = try await on(end.loop) { end.states }
            #expect(!states.contains(.failed) && !states.contains(.disconnected))
        }
        try await pair.close()
    }

    @Test("the old sockets go on receiving after a restart, for a peer that has not left them yet")
    func lingering() async throws {
        let pair = try await connectedPair(expiry: .seconds(30))
        let old = try #require(try await pair.answerer.sockets().first)
        let target = try #require(try await pair.offerer.sockets().first.flatMap { TransportAddress(boundTo: $0) })
        for end in [pair.offerer, pair.answerer] {
            try await on(end.loop) { try end.agent?.restart() }
        }
        try await pair.exchangeCredentials()
        for end in [pair.offerer, pair.answerer] { await end.wait { $0.pairs.count == 2 } }
        #expect(try await pair.offerer.sockets().first.flatMap { TransportAddress(boundTo: $0) } != target)
        var path = UDPPath(descriptor: old, peer: target)
        let late = Array("\u{80}late".utf8)
        let isSent = path.send(late.span)
        #expect(isSent)
        await pair.offerer.wait { $0.received.contains(late) }
        try await pair.close()
    }

    private func connectedPair(expiry: Duration) async throws -> AgentPair {
        let pair = AgentPair()
        var configuration = AgentPair.loopback
        configuration.consentExpiry = expiry
        try await pair.start(configuration)
        await pair.connected()
        await pair.offerer.wait { $0.agent?.state == .completed }
        return pair
    }
}

extension AgentEnd {
    /// The descriptors of the present generation.
    fileprivate func sockets() async throws -> [Int32] {
        try await on(loop) { self.agent?.native?.socketDescriptors() ?? [] }
    }

    /// Waits on the loop's own clock.
    fileprivate func pause(seconds: UInt64) async {
        await withCheckedContinuation { continuation in
            loop.post {
                _ = self.loop.schedule(after: .seconds(seconds)) { continuation.resume() }
            }
        }
    }
}
