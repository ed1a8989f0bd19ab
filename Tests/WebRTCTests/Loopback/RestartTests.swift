import ICE
import JSEP
import NIOCore
import Testing
import TransportTypes
import WebRTCTestSupport

@testable import WebRTC

@Suite("ICE restart", .timeLimit(.minutes(2)))
struct RestartTests {
    private func fragment(_ description: SessionDescription?) -> String? {
        description?.sdp.split(separator: "\r\n").first { $0.hasPrefix("a=ice-ufrag:") }.map(String.init)
    }

    /// Sends a message each way and reads it.
    private func exchange(_ a: DataChannel, _ b: DataChannel, _ text: String) async throws {
        try await a.send("\(text) to b")
        #expect(try await b.receive() == .text("\(text) to b"))
        try await b.send("\(text) to a")
        #expect(try await a.receive() == .text("\(text) to a"))
    }

    @Test(
        "messages flow after it and between each of its steps; the transports stay (DCH-38, ICE-27, 32)",
        arguments: [true, false])
    func steps(isOfferer: Bool) async throws {
        let pair = try ConnectedPair()
        let (a, b) = try await pair.channel()
        let (one, other) = isOfferer ? (pair.a, pair.b) : (pair.b, pair.a)
        let transports = [one.sctp, other.sctp]
        let before = [fragment(one.localDescription), fragment(other.localDescription)]
        for round in 0..<3 {
            let offer = try await one.createOffer(OfferOptions(iceRestart: true))
            try await exchange(a, b, "\(round), created")
            try await other.setRemoteDescription(offer)
            try await exchange(a, b, "\(round), offered")
            try await one.setLocalDescription(offer)
            try await exchange(a, b, "\(round), set")
            await one.gatheringComplete()
            try await exchange(a, b, "\(round), gathered")
            try await other.setLocalDescription()
            try await exchange(a, b, "\(round), answered")
            try await one.setRemoteDescription(#require(other.localDescription))
            try await exchange(a, b, "\(round), done")
            #expect(one.connectionState != .failed && other.connectionState != .failed)
        }
        let after = [fragment(one.localDescription), fragment(other.localDescription)]
        #expect(after[0] != before[0] && after[1] != before[1] && !after.contains(nil))
        #expect(transports[0] === one.sctp && transports[1] === other.sctp)
        await pair.close()
    }

    @Test("it can be waited for: the pair that is taken into use then has its credentials, and the state says so")
    func awaited() async throws {
        let pair = try ConnectedPair()
        _ = try await pair.channel()
        let ice = try #require(pair.a.sctp?.transport.iceTransport)
        let before = try #require(ice.selectedCandidatePair?.local.usernameFragment)
        let (pairs, others, states) = (
            ice.selectedCandidatePairChanges, ice.selectedCandidatePairChanges, pair.a.connectionStates
        )
        await pair.a.restartICE()
        try await pair.negotiate()
        for await selected in pairs where selected.local.usernameFragment != before {
            #expect(ice.selectedCandidatePair?.local.usernameFragment == selected.local.usernameFragment)
            break
        }
        let now = try #require(ice.selectedCandidatePair?.local.usernameFragment)
        #expect(fragment(pair.a.localDescription) == "a=ice-ufrag:\(now)")
        var seen: [PeerConnectionState] = []
        for await state in states {
            seen.append(state)
            if seen.count == 3 { break }
        }
        #expect(seen == [.connected, .connecting, .connected])
        await pair.close()
        #expect(await others.all().isEmpty == false, "it ends with the transport")
    }

    @Test("nothing is lost, doubled or reordered while both sides send and ICE restarts again and again")
    func underLoad() async throws {
        let pair = try ConnectedPair()
        let (a, b) = try await pair.channel()
        let count = 3_000
        func sender(_ channel: DataChannel) -> Task<Void, any Error> {
            Task {
                for index in 0..<count { try await channel.send("\(index) " + String(repeating: "x", count: 1000)) }
            }
        }
        func reader(_ channel: DataChannel) -> Task<Int, any Error> {
            Task {
                var next = 0
                for try await message in channel.messages {
                    guard case .text(let text) = message, text.hasPrefix("\(next) ") else { break }
                    next += 1
                    if next == count { break }
                }
                return next
            }
        }
        let readers = [reader(a), reader(b)]
        let senders = [sender(a), sender(b)]
        for round in 0..<4 {
            let (one, other) = round % 2 == 0 ? (pair.a, pair.b) : (pair.b, pair.a)
            let offer = try await one.createOffer(OfferOptions(iceRestart: true))
            try await other.setRemoteDescription(offer)
            try await one.setLocalDescription(offer)
            try await other.setLocalDescription()
            try await one.setRemoteDescription(#require(other.localDescription))
            await one.hasPair()
        }
        for sender in senders { try await sender.value }
        for reader in readers { #expect(try await reader.value == count) }
        await pair.close()
    }

    @Test("gathering goes through gathering to complete again, with candidates of the new credentials (ICE-05)")
    func gathering() async throws {
        let pair = try ConnectedPair()
        _ = try await pair.channel()
        await pair.a.gatheringComplete()
        let states = pair.a.iceGatheringStates
        let candidates = pair.a.iceCandidates
        let offer = try await pair.a.createOffer(OfferOptions(iceRestart: true))
        #expect(!offer.sdp.contains("a=candidate"))
        try await pair.b.setRemoteDescription(offer)
        try await pair.a.setLocalDescription(offer)
        var found: [ICEGatheringState] = []
        for await state in states {
            found.append(state)
            if found.count > 1, state == .complete { break }
        }
        #expect(found == [.complete, .gathering, .complete])
        let new = try #require(fragment(offer))
        for await candidate in candidates {
            guard let candidate else { break }
            #expect("a=ice-ufrag:\(candidate.usernameFragment ?? "")" == new)
            #expect(pair.a.localDescription?.sdp.contains(candidate.candidate) == true)
            #expect(candidate.candidate.contains("ufrag \(candidate.usernameFragment ?? "")"))
        }
        #expect(pair.a.localDescription?.sdp.contains("a=end-of-candidates") == true)
        await pair.close()
    }

    @Test("an offer that restarts and is taken back changes neither states nor credentials, and messages flow (RBK-28)")
    func rollback() async throws {
        let pair = try ConnectedPair()
        let (a, b) = try await pair.channel()
        let before = fragment(pair.a.localDescription)
        try await pair.a.setLocalDescription(pair.a.createOffer(OfferOptions(iceRestart: true)))
        await pair.a.gatheringComplete()
        let gathering = pair.a.iceGatheringStates
        let ice = pair.a.iceConnectionStates
        try await pair.a.setLocalDescription(.init(type: .rollback))
        #expect(fragment(pair.a.localDescription) == before)
        try await exchange(a, b, "after")
        // A round without a restart works as if nothing had been.
        try await pair.negotiate()
        try await exchange(a, b, "and after")
        #expect(fragment(pair.a.localDescription) == before)
        await pair.close()
        #expect(await gathering.all() == [.complete])
        #expect(await ice.all().allSatisfy { [.connected, .completed, .closed].contains($0) })
    }

    @Test("restartICE() asks for one offer, and is done with after its answer (ICE-30, 31)")
    func request() async throws {
        let pair = try ConnectedPair()
        await pair.a.restartICE()
        let (a, b) = try await pair.channel()
        let needed = pair.a.negotiationNeeded
        let before = fragment(pair.a.localDescription)
        await pair.a.restartICE()
        await pair.a.restartICE()
        try await pair.negotiate()
        #expect(fragment(pair.a.localDescription) != before)
        try await exchange(a, b, "after")
        await pair.close()
        // One for the first channel, one for both requests.
        #expect(await needed.reduce(into: 0) { count, _ in count += 1 } == 2)
    }

    @Test("who controls stays so through restarts, whoever offers them (RFC 8445 §6.1.1)")
    func roles() async throws {
        let pair = try ConnectedPair()
        let (a, b) = try await pair.channel()
        for offersA in [false, true, false] {
            let (offerer, answerer) = offersA ? (pair.a, pair.b) : (pair.b, pair.a)
            let before = fragment(offerer.localDescription)
            await offerer.restartICE()
            try await pair.negotiate(from: offerer, to: answerer)
            #expect(fragment(offerer.localDescription) != before)
            try await exchange(a, b, "by \(offersA ? "a" : "b")")
            #expect(pair.a.sctp?.transport.iceTransport.role == .controlling)
            #expect(pair.b.sctp?.transport.iceTransport.role == .controlled)
        }
        await pair.close()
    }

    @Test("both sides restart at once: the polite one gives way, and the connection goes on")
    func glare() async throws {
        let pair = try ConnectedPair()
        let (a, b) = try await pair.channel()
        let before = [fragment(pair.a.localDescription), fragment(pair.b.localDescription)]
        let offers = [
            try await pair.a.createOffer(OfferOptions(iceRestart: true)),
            try await pair.b.createOffer(OfferOptions(iceRestart: true)),
        ]
        try await pair.a.setLocalDescription(offers[0])
        try await pair.b.setLocalDescription(offers[1])
        // a is polite; b ignores a's offer.
        try await pair.a.setRemoteDescription(offers[1])
        try await exchange(a, b, "in between")
        try await pair.a.setLocalDescription()
        try await pair.b.setRemoteDescription(#require(pair.a.localDescription))
        try await exchange(a, b, "after")
        #expect(fragment(pair.a.localDescription) != before[0] && fragment(pair.b.localDescription) != before[1])
        await pair.a.hasPair()
        #expect(pair.a.signalingState == .stable && pair.b.signalingState == .stable)
        await pair.close()
    }

    @Test("a channel made while it restarts opens")
    func newChannel() async throws {
        let pair = try ConnectedPair()
        _ = try await pair.channel()
        let offer = try await pair.a.createOffer(OfferOptions(iceRestart: true))
        let early = try await pair.a.createDataChannel("early")
        try await pair.b.setRemoteDescription(offer)
        try await pair.a.setLocalDescription(offer)
        let middle = try await pair.b.createDataChannel("middle")
        try await pair.b.setLocalDescription()
        try await pair.a.setRemoteDescription(#require(pair.b.localDescription))
        let late = try await pair.a.createDataChannel("late")
        for channel in [early, middle, late] { try await channel.opened() }
        await pair.close()
    }
}
