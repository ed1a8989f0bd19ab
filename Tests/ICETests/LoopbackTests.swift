import Testing
import TransportTypes

@testable import ICE
@testable import NetworkLoop

@Suite("two agents on loopback", .serialized, .timeLimit(.minutes(1)))
struct LoopbackTests {
    @Test("two trickling agents connect within milliseconds and carry datagrams both ways")
    func trickle() async throws {
        let pair = AgentPair()
        try await pair.start(AgentPair.loopback, gather: false)
        let start = LoopClock.monotonic.now
        try await on(pair.offerer.loop) { try pair.offerer.agent?.gather() }
        try await on(pair.answerer.loop) { try pair.answerer.agent?.gather() }
        await pair.connected()
        let milliseconds = (LoopClock.monotonic.now - start) / .milliseconds(1)
        print("two trickling agents were connected after \(milliseconds) ms")
        #expect(milliseconds < 500, "far above the usual 7 ms, for a machine under load")
        #expect(try await pair.offerer.send("\u{80}hello") == .sent)
        #expect(try await pair.answerer.send("\u{80}world") == .sent)
        await pair.answerer.wait { $0.received == [Array("\u{80}hello".utf8)] }
        await pair.offerer.wait { $0.received == [Array("\u{80}world".utf8)] }
        await pair.offerer.wait { $0.agent?.state == .completed }
        let states = try await on(pair.offerer.loop) { pair.offerer.states }
        #expect(states == [.checking, .connected, .completed])
        var statistics = try #require(try await on(pair.offerer.loop) { pair.offerer.agent?.statistics })
        let moments = (statistics.lastSent ?? .zero, statistics.lastReceived ?? .zero)
        #expect(moments.0 > .zero && moments.1 > .zero)
        (statistics.lastSent, statistics.lastReceived) = (nil, nil)
        #expect(statistics == ICEStatistics(packetsSent: 1, bytesSent: 7, packetsReceived: 1, bytesReceived: 7))
        let mirrored = try await on(pair.offerer.loop) {
            pair.offerer.agent?.selectedPair.map { ($0.local.port, $0.remote.port) }
        }
        let other = try await on(pair.answerer.loop) {
            pair.answerer.agent?.selectedPair.map { ($0.remote.port, $0.local.port) }
        }
        #expect(mirrored?.0 == other?.0 && mirrored?.1 == other?.1)
        try await pair.close()
    }

    @Test("complete candidates connect too, and may come before the credentials")
    func full() async throws {
        let pair = AgentPair()
        var configuration = AgentPair.loopback
        configuration.trickle = false
        configuration.includesIPv6 = true
        for end in [pair.offerer, pair.answerer] {
            end.trickles = false
            let own = configuration
            try await on(end.loop) {
                try end.start(own)
                try end.agent?.gather()
            }
            await end.wait { $0.gatheringsFinished == 1 }
        }
        try await on(pair.answerer.loop) { pair.answerer.agent?.role = .controlled }
        for (from, to) in [(pair.offerer, pair.answerer), (pair.answerer, pair.offerer)] {
            let candidates = try await on(from.loop) { from.candidates }
            #expect(candidates.count == 2 && candidates.allSatisfy { $0.kind == .host && $0.component == 1 })
            try await on(to.loop) {
                for candidate in candidates {
                    let parsed = try ICECandidate(parsing: candidate.description)
                    #expect(parsed == candidate)
                    try to.agent?.addRemoteCandidate(parsed)
                }
                to.agent?.remoteCandidatesEnded()
            }
        }
        try await pair.exchangeCredentials()
        await pair.connected()
        try await pair.close()
    }

    @Test("an IPv6 pair connects")
    func ipv6() async throws {
        let pair = AgentPair()
        var configuration = AgentPair.loopback
        configuration.includesIPv6 = true
        configuration.interfaceFilter = { $0.isLoopback && $0.address.isIPv6 }
        try await pair.start(configuration)
        await pair.connected()
        let local = try await on(pair.offerer.loop) { pair.offerer.agent?.selectedPair?.local }
        #expect(local?.address == "::1")
        #expect(try await pair.offerer.send("\u{80}six") == .sent)
        await pair.answerer.wait { $0.received.count == 1 }
        try await pair.close()
    }

    @Test("ICE-TCP alone connects, and frames its datagrams")
    func tcp() async throws {
        let pair = AgentPair()
        var configuration = AgentPair.loopback
        configuration.udpCandidates = false
        configuration.tcpCandidates = true
        try await pair.start(configuration)
        await pair.connected()
        let candidates = try await on(pair.offerer.loop) { pair.offerer.candidates }
        #expect(Set(candidates.map(\.tcpType)) == [.active, .passive])
        #expect(candidates.allSatisfy { $0.transport == .tcp && ($0.tcpType == .passive || $0.port == 9) })
        let sent = try await on(pair.offerer.loop) {
            pair.offerer.agent?.send(batch: [UInt8](repeating: 0x80, count: 250).span, segmentSize: 100)
        }
        #expect(sent == 3)
        await pair.answerer.wait { $0.received.map(\.count) == [100, 100, 50] }
        try await pair.close()
    }

    @Test("a batch arrives as its datagrams, whatever its size, and whoever cuts it", arguments: [true, false])
    func batch(kernelCuts: Bool) async throws {
        let pair = AgentPair()
        try await pair.start(AgentPair.loopback)
        await pair.connected()
        try await on(pair.offerer.loop) { pair.offerer.agent?.path?.cuts = kernelCuts }
        var expected = 0
        for (count, segment) in [
            (1, 1200), (1200, 1200), (1201, 1200), (64 * 1000, 1000), (100 * 1172 + 7, 1172), (300, 1),
        ] {
            let segments = (count + segment - 1) / segment
            expected += segments
            let sent = try await on(pair.offerer.loop) {
                pair.offerer.agent?.send(batch: [UInt8](repeating: 0x80, count: count).span, segmentSize: segment)
            }
            #expect(sent == segments)
            let total = expected
            await pair.answerer.wait { ($0.agent?.statistics.packetsReceived ?? 0) == UInt64(total) }
        }
        let sizes = try await on(pair.answerer.loop) { pair.answerer.received.prefix(4).map(\.count) }
        #expect(sizes == [1, 1200, 1200, 1])
        let ignored = try await on(pair.offerer.loop) {
            [0, -1, 65508].map { pair.offerer.agent?.send(batch: [1, 2, 3].span, segmentSize: $0) }
        }
        #expect(ignored == [0, 0, 0])
        try await pair.close()
    }

    @Test("a restart brings new credentials and candidates, and connects again without losing the old pair before")
    func restart() async throws {
        let pair = AgentPair()
        try await pair.start(AgentPair.loopback)
        await pair.connected()
        let before = try await on(pair.offerer.loop) { pair.offerer.agent?.localCredentials }
        for end in [pair.offerer, pair.answerer] {
            end.trickles = false
            await end.wait { $0.gatheringsFinished == 1 }
            try await on(end.loop) {
                try end.agent?.restart()
                #expect(end.agent?.remoteCandidates.isEmpty == true)
            }
            await end.wait { $0.gatheringsFinished == 2 }
        }
        let after = try await on(pair.offerer.loop) { pair.offerer.agent?.localCredentials }
        #expect(before?.usernameFragment != after?.usernameFragment && before?.password != after?.password)
        #expect(try await pair.offerer.send("\u{80}meanwhile") == .sent)
        await pair.answerer.wait { $0.received.count == 1 }

        for (from, to) in [(pair.offerer, pair.answerer), (pair.answerer, pair.offerer)] {
            let candidates = try await on(from.loop) { from.agent?.localCandidates ?? [] }
            let fragment = try await on(from.loop) { from.agent?.localCredentials?.usernameFragment }
            #expect(!candidates.isEmpty && candidates.allSatisfy { $0.usernameFragment == fragment })
            try await on(to.loop) { for candidate in candidates { try to.agent?.addRemoteCandidate(candidate) } }
        }
        try await pair.exchangeCredentials()
        // It may have been `completed` in between, and `connected` once more when the restart
        // began.
        await pair.offerer.wait { $0.pairs.count == 2 && $0.states.last == .connected }
        await pair.connected()
        #expect(try await pair.answerer.send("\u{80}again") == .sent)
        await pair.offerer.wait { $0.received.count == 1 }
        // The sockets of now are read in the same way.
        await pair.answerer.wait { $0.pairs.count == 2 }
        let batch = [UInt8](repeating: 0x80, count: 3500)
        _ = try await on(pair.offerer.loop) { pair.offerer.agent?.send(batch: batch.span, segmentSize: 1000) }
        await pair.answerer.wait { $0.arrivals.last?.bytes == 3500 && $0.arrivals.last?.segmentSize == 1000 }
        try await pair.close()
    }

    @Test("a candidate of another generation is not checked, and one of this is")
    func otherGeneration() async throws {
        let pair = AgentPair()
        for end in [pair.offerer, pair.answerer] { end.trickles = false }
        try await pair.start(AgentPair.loopback)
        await pair.answerer.wait { $0.gatheringsFinished == 1 }
        let right = try #require(try await on(pair.answerer.loop) { pair.answerer.candidates.first })
        var other = right
        other.setUsernameFragment("other")
        let wrong = other
        try await on(pair.offerer.loop) { try pair.offerer.agent?.addRemoteCandidate(wrong) }
        for _ in 0..<20 { try await on(pair.offerer.loop) {} }
        #expect(try await on(pair.offerer.loop) { pair.offerer.states }.isEmpty)
        try await on(pair.offerer.loop) { try pair.offerer.agent?.addRemoteCandidate(right) }
        await pair.connected()
        try await pair.close()
    }

    @Test("a pair that libnice alone checks, and has given up once, is silent for a while and not for ever")
    func renewedPair() async throws {
        let clock = ManualClock()
        let pair = AgentPair(clock: .manual(clock))
        try await pair.start(AgentPair.loopback)
        await pair.connected()
        let end = pair.answerer
        let state = try await on(end.loop) {
            let agent = try #require(end.agent)
            agent.stopConsent()
            agent.nativeAgent(try #require(agent.native), didChange: .failed)
            return agent.state
        }
        #expect(state == .disconnected)
        clock.advance(by: ConsentRenewal.period)
        for _ in 0..<2 { try await on(end.loop) {} }
        #expect(try await on(end.loop) { end.isUsable })
        try await pair.close()
    }

    @Test("a pair that checks have found is shown as the host candidate that its address is")
    func knownAddress() async throws {
        let pair = AgentPair()
        try await pair.start(AgentPair.loopback)
        await pair.connected()
        let kinds = try await on(pair.answerer.loop) {
            let agent = try #require(pair.answerer.agent)
            let (native, selected) = (try #require(agent.native), try #require(agent.selectedPair))
            let host = try #require(agent.localCandidates.first)
            var found = host
            found.kind = .peerReflexive
            agent.nativeAgent(native, didSelect: found, remote: selected.remote)
            return [host.kind, agent.selectedPair?.local.kind]
        }
        #expect(kinds == [.host, .host])
        try await pair.close()
    }

    @Test(
        "a restart keeps the role, or takes the one that is asked for before the answer is there, when the first checks come"
    )
    func restartRole() async throws {
        let pair = AgentPair()
        try await pair.start(AgentPair.loopback)
        await pair.connected()
        let roles = try await on(pair.answerer.loop) {
            let agent = try #require(pair.answerer.agent)
            try agent.gather(for: .random())
            let kept = agent.successor?.role
            try agent.gather(for: .random(), role: .controlling)
            return [agent.native?.role, kept, agent.successor?.role]
        }
        #expect(roles == [.controlled, .controlled, .controlling])
        try await pair.close()
    }

    @Test(
        "with a peer for which the first pair is final the controlling end stays on it, and the other end follows",
        arguments: [false, true])
    func firstPair(isKept: Bool) async throws {
        let pair = AgentPair()
        try await pair.start(AgentPair.loopback)
        await pair.connected()
        for (end, moves) in [(pair.offerer, !isKept), (pair.answerer, true)] {
            let counts = try await on(end.loop) {
                let agent = try #require(end.agent)
                let (native, selected) = (try #require(agent.native), try #require(agent.selectedPair))
                agent.keepsFirstPair = isKept
                let before = end.pairs.count
                agent.nativeAgent(native, didSelect: selected.local, remote: selected.remote)
                return (before, end.pairs.count)
            }
            #expect(counts.1 == counts.0 + (moves ? 1 : 0))
        }
        try await pair.close()
    }

    @Test("a restart that is taken back is gone on with by one of the same credentials, and by no other")
    func withdrawn() async throws {
        let pair = AgentPair()
        try await pair.start(AgentPair.loopback)
        await pair.connected()
        let credentials = ICECredentials.random()
        let (isKept, isOther, areClosed) = try await on(pair.answerer.loop) {
            let agent = try #require(pair.answerer.agent)
            try agent.gather(for: credentials)
            let first = try #require(agent.successor)
            agent.withdrawAnnouncement()
            try agent.gather(for: credentials)
            let isKept = agent.successor === first
            agent.withdrawAnnouncement()
            // Not with addresses that are no longer those of the machine.
            first.addLocalAddress(try #require(IPAddress("127.0.0.2")))
            try agent.gather(for: credentials)
            #expect(agent.successor !== first)
            agent.withdrawAnnouncement()
            try agent.gather(for: .random())
            let second = try #require(agent.successor)
            agent.withdrawAnnouncement()
            try agent.gather(for: .random())
            let third = try #require(agent.successor)
            agent.withdrawAnnouncement()
            // What is replaced by another withdrawn one is closed, too.
            agent.successor = agent.withdrawn
            agent.withdrawn = second
            agent.withdrawAnnouncement()
            return (isKept, second !== first, first.isClosed && second.isClosed && !third.isClosed)
        }
        #expect(isKept && isOther && areClosed)
        try await pair.close()
    }

    @Test("a pair from before that libnice alone checks is left when it fails during a restart, and silence follows")
    func predecessorFails() async throws {
        let pair = AgentPair()
        try await pair.start(AgentPair.loopback)
        await pair.connected()
        let (isKept, isLeft) = try await on(pair.answerer.loop) {
            let agent = try #require(pair.answerer.agent)
            let credentials = agent.localCredentials
            try agent.restart()
            let before = try #require(agent.predecessor)
            #expect(before.localCredentials() == credentials, "there is nothing else to check yet")
            agent.nativeAgentDidHearCheck(before)
            #expect(before.localCredentials() == credentials)
            agent.nativeAgentDidHearCheck(try #require(agent.native))
            #expect(before.localCredentials() != credentials, "checks with them are not answered any more")
            agent.nativeAgent(before, didChange: .failed)
            // We ask for consent ourselves there, and have not been refused.
            let isKept = agent.predecessor === before && agent.path != nil
            agent.stopConsent()
            agent.nativeAgent(before, didChange: .failed)
            return (isKept, agent.predecessor == nil && agent.path == nil && before.isClosed)
        }
        #expect(isKept && isLeft)
        try await pair.close()
    }

    @Test("each agent from before has its own time to linger, and is closed for a next one at the latest")
    func lingering() async throws {
        let clock = ManualClock()
        let pair = AgentPair(clock: .manual(clock))
        try await pair.start(AgentPair.loopback)
        await pair.connected()
        let end = pair.answerer
        /// Leaves the agent for another one.
        func leave() async throws {
            try await on(end.loop) {
                try end.agent?.restart(credentials: .random(), gathers: false)
                end.agent?.leavePredecessor()
            }
        }
        func pass(_ time: Duration) async throws -> Bool {
            clock.advance(by: time)
            for _ in 0..<2 { try await on(end.loop) {} }
            return try await on(end.loop) { end.agent?.lingering != nil }
        }
        try await leave()
        #expect(try await pass(.seconds(6)))
        try await leave()
        #expect(try await pass(.seconds(6)), "the time of the one before is not this one's")
        #expect(try await pass(.seconds(5)) == false)
        try await pair.close()
    }

    @Test("the same role at both ends is settled by the tie-breaker")
    func roleConflict() async throws {
        let pair = AgentPair()
        try await pair.start(AgentPair.loopback, gather: false)
        try await on(pair.answerer.loop) { pair.answerer.agent?.role = .controlling }
        try await on(pair.offerer.loop) { try pair.offerer.agent?.gather() }
        try await on(pair.answerer.loop) { try pair.answerer.agent?.gather() }
        await pair.connected()
        #expect(try await pair.offerer.send("\u{80}settled") == .sent)
        await pair.answerer.wait { $0.received.count == 1 }
        try await pair.close()
    }

    @Test("an end that is never given a candidate connects through incoming checks")
    func oneSided() async throws {
        let pair = AgentPair()
        pair.offerer.forwards = { _ in false }
        try await pair.start(AgentPair.loopback)
        await pair.connected()
        let remote = try await on(pair.answerer.loop) { pair.answerer.agent?.selectedPair?.remote.kind }
        #expect(remote == .peerReflexive)
        try await pair.close()
    }

    @Test("checks that reach nobody fail once the peer's candidates have ended")
    func failure() async throws {
        let pair = AgentPair()
        pair.offerer.trickles = false
        pair.answerer.trickles = false
        var configuration = AgentPair.loopback
        configuration.pacTimer = .seconds(1)
        try await pair.start(configuration)
        let nobody = try ICECandidate(parsing: "candidate:1 1 udp 2130706431 127.0.0.1 1 typ host")
        try await on(pair.offerer.loop) {
            try pair.offerer.agent?.addRemoteCandidate(nobody)
            pair.offerer.agent?.remoteCandidatesEnded()
            let result = pair.offerer.agent?.send([0x80].span)
            #expect(result == .notConnected)
        }
        await pair.offerer.wait { $0.agent?.state == .failed }
        #expect(try await on(pair.offerer.loop) { pair.offerer.states } == [.checking, .failed])
        try await pair.close()
    }

    @Test("an agent may be closed from within every callback, twice, and is silent afterwards")
    func closeInside() async throws {
        let pair = AgentPair()
        try await pair.start(AgentPair.loopback)
        await pair.connected()
        pair.answerer.onReceive = { agent in
            agent.close()
            agent.close()
        }
        let batch = [UInt8](repeating: 0x80, count: 64 * 100)
        // Datagrams of different sizes do not come together.
        _ = try await on(pair.offerer.loop) {
            for size in [100, 200] { pair.offerer.agent?.send(batch: batch.span, segmentSize: size) }
        }
        await pair.answerer.wait { $0.agent?.state == .closed }
        #expect(try await on(pair.answerer.loop) { pair.answerer.arrivals.count } == 1)
        #expect(try await pair.answerer.send("\u{80}") == .notConnected)
        let codes = try await on(pair.answerer.loop) {
            let agent = pair.answerer.agent
            let calls: [() throws -> Void] = [
                { try agent?.gather() }, { try agent?.restart() },
                { try agent?.addRemoteCandidate(ICECandidate(parsing: "1 1 udp 1 127.0.0.1 1 typ host")) },
            ]
            return calls.map { call -> ICEError.Code? in
                do {
                    try call()
                    return nil
                } catch { return (error as? ICEError)?.code }
            }
        }
        #expect(codes == Array(repeating: .invalidState, count: 3))
        try await pair.close()
    }
}
