import DTLS
import ICE
import JSEP
import Testing
import TransportTypes
import WebRTCTestSupport

@testable import WebRTC

@Suite("what a server does with a connection", .timeLimit(.minutes(3)))
struct ServingTests {
    private func connection(_ change: (inout PeerConnection.Configuration) -> Void = { _ in }) throws -> PeerConnection
    {
        var configuration = ConnectedPair.loopback
        change(&configuration)
        return try PeerConnection(configuration: configuration)
    }

    private func connected() async throws -> (caller: PeerConnection, callee: PeerConnection, chat: DataChannel) {
        let (caller, callee) = (try connection(), try connection())
        let chat = try await caller.createDataChannel("chat")
        let answer = try await callee.answer(to: try await caller.offer())
        try await caller.setRemoteDescription(answer)
        return (caller, callee, chat)
    }

    @Test("an offer and an answer with all their candidates, one call each, are enough to connect")
    func offerAndAnswer() async throws {
        let (caller, callee, chat) = try await connected()
        #expect(caller.currentLocalDescription?.sdp.contains("a=candidate") == true)
        #expect(callee.currentLocalDescription?.sdp.contains("a=candidate") == true)
        try await caller.connected()
        try await callee.connected(within: .seconds(20))
        try await chat.opened()
        caller.close()
        callee.close()
    }

    @Test("an answer that waits for no candidates comes without them, and they follow")
    func trickle() async throws {
        let (caller, callee) = (try connection(), try connection())
        _ = try await caller.createDataChannel("chat")
        let candidates = callee.iceCandidates
        let offer = try await caller.offer(gatheringWithin: .zero)
        let answer = try await callee.answer(to: offer, gatheringWithin: .zero)
        #expect(!offer.sdp.contains("a=candidate") && !answer.sdp.contains("a=candidate"))
        for await candidate in candidates {
            #expect(candidate?.candidate.isEmpty == false)
            break
        }
        caller.close()
        callee.close()
    }

    @Test("what is no offer is refused by name, and an offer that cannot be read changes nothing")
    func notAnOffer() async throws {
        let callee = try connection()
        for kind in [SessionDescription.Kind.answer, .pranswer, .rollback] {
            await #expect { try await callee.answer(to: SessionDescription(type: kind)) } throws: { error in
                (error as? WebRTCError)?.code == .type && "\(error)".contains(kind.rawValue)
            }
        }
        await #expect(throws: WebRTCError.self) {
            try await callee.answer(to: SessionDescription(type: .offer, sdp: "nonsense"))
        }
        #expect(callee.signalingState == .stable && callee.remoteDescription == nil)
        callee.close()
        await #expect { try await callee.answer(to: SessionDescription(type: .offer, sdp: "v=0")) } throws: {
            ($0 as? WebRTCError)?.code == .invalidState
        }
    }

    @Test("a connection that is closed while its answer gathers says so")
    func closedMeanwhile() async throws {
        let (caller, callee) = (try connection(), try connection { $0.iceServers = [.stun("127.0.0.1:9")] })
        _ = try await caller.createDataChannel("chat")
        let offer = try await caller.offer()
        let states = callee.signalingStates
        let answering = Task { try await callee.answer(to: offer, gatheringWithin: .seconds(60)) }
        for await state in states where state == .haveRemoteOffer { break }
        callee.close()
        await #expect { try await answering.value } throws: { ($0 as? WebRTCError)?.code == .invalidState }
        caller.close()
    }

    @Test("who waits for one answer is not given another one that was set meanwhile")
    func anotherAnswer() async throws {
        let callee = try connection { $0.iceServers = [.stun("127.0.0.1:9")] }
        let callers = [try connection(), try connection()]
        for caller in callers { _ = try await caller.createDataChannel("chat") }
        let (first, second) = (try await callers[0].offer(), try await callers[1].offer())
        let states = callee.signalingStates
        let answering = Task { try await callee.answer(to: first, gatheringWithin: .milliseconds(300)) }
        for await state in states where state == .haveRemoteOffer { break }
        let other = try await callee.answer(to: second, gatheringWithin: .zero)
        #expect(other.type == .answer)
        await #expect { try await answering.value } throws: { error in
            (error as? WebRTCError)?.code == .invalidState && "\(error)".contains("another description")
        }
        for connection in callers + [callee] { connection.close() }
    }

    @Test("waiting for a connection ends with the time that was given, and says what is missing")
    func notConnectedInTime() async throws {
        let caller = try connection()
        _ = try await caller.createDataChannel("chat")
        _ = try await caller.offer()
        await #expect { try await caller.connected(within: .milliseconds(20)) } throws: { error in
            (error as? WebRTCError)?.code == .timeout && "\(error)".contains("the peer's answer is not")
        }
        caller.close()
        await #expect { try await caller.connected() } throws: { ($0 as? WebRTCError)?.code == .invalidState }
    }

    @Test("waiting for a channel to open ends with the time that was given, and says what is missing")
    func notOpenedInTime() async throws {
        let caller = try connection()
        let chat = try await caller.createDataChannel("chat")
        await #expect { try await chat.opened(within: .milliseconds(20)) } throws: { error in
            (error as? WebRTCError)?.code == .timeout && "\(error)".contains("'chat'")
                && "\(error)".contains("there is no description")
        }
        _ = try await caller.offer()
        await #expect { try await chat.opened(within: .milliseconds(20)) } throws: { error in
            (error as? WebRTCError)?.code == .timeout && "\(error)".contains("the peer's answer is not")
        }
        let waiting = Task { try await chat.opened(within: .seconds(100)) }
        waiting.cancel()
        await #expect { try await waiting.value } throws: { ($0 as? WebRTCError)?.code == .abort }
        #expect(chat.readyState == .connecting)
        caller.close()
        await #expect { try await chat.opened(within: .seconds(100)) } throws: {
            ($0 as? WebRTCError)?.code == .invalidState
        }
    }

    @Test("a channel opens within its time, and says so at once when it is open")
    func openedInTime() async throws {
        let (caller, callee, chat) = try await connected()
        try await chat.opened(within: .seconds(60))
        try await chat.opened(within: .zero)
        caller.close()
        callee.close()
    }

    @Test("a channel of a connection that has failed does not wait, and says what the diagnosis says")
    func failedBeforeItOpened() async throws {
        let caller = try connection { $0.ice.pacTimer = .milliseconds(500) }
        let callee = try connection()
        let chat = try await caller.createDataChannel("chat")
        let answer = try await callee.answer(to: try await caller.offer())
        callee.close()
        // Its sockets may answer until then.
        await callee.closed()
        try await caller.setRemoteDescription(answer)
        await #expect { try await chat.opened(within: .seconds(100)) } throws: { error in
            (error as? WebRTCError)?.code == .network && "\(error)".contains("candidates")
        }
        caller.close()
    }

    @Test("waiting for a connection is given up with its task")
    func cancelled() async throws {
        let caller = try connection()
        let waiting = Task { try await caller.connected(within: nil) }
        waiting.cancel()
        await #expect { try await waiting.value } throws: { ($0 as? WebRTCError)?.code == .abort }
        let ending = Task { await caller.ended(ifNotConnectedWithin: nil) }
        ending.cancel()
        #expect(await ending.value == .cancelled)
        caller.close()
    }

    @Test("a connection whose peer has closed is over, and so is one that this side has closed")
    func closedByPeer() async throws {
        let (caller, callee, chat) = try await connected()
        try await chat.opened()
        async let atCallee = callee.ended()
        async let atCaller = caller.ended()
        try await callee.connected()
        caller.close()
        #expect(await atCaller == .closed)
        #expect(await atCallee == .closedByPeer)
        #expect(await callee.ended() == .closedByPeer, "also for who asks late")
        callee.close()
        #expect(await callee.ended() == .closed)
    }

    @Test("an offer without sections is answered, and its connection is over when its time is")
    func emptyOffer() async throws {
        let (caller, callee) = (try connection(), try connection())
        let answer = try await callee.answer(to: try await caller.offer())
        #expect(answer.type == .answer)
        let ending = await callee.ended(ifNotConnectedWithin: .milliseconds(20))
        guard case .timedOut(let diagnosis) = ending else {
            Issue.record("\(ending)")
            return
        }
        #expect(diagnosis.step == .agreement, "\(diagnosis)")
        caller.close()
        callee.close()
    }

    @Test("a connection that fails is over, with the reason")
    func failed() async throws {
        let (caller, callee) = (try connection(), try connection())
        _ = try await caller.createDataChannel("chat")
        let answer = try await callee.answer(to: try await caller.offer())
        // The fingerprint of somebody else.
        let print = try Certificate.generate().fingerprint(.sha256)
        let changed = answer.sdp.replacing(/a=fingerprint:[^\r]*/, with: "a=fingerprint:\(print)")
        async let ending = caller.ended()
        try await caller.setRemoteDescription(SessionDescription(type: .answer, sdp: changed))
        await #expect { try await caller.connected() } throws: { ($0 as? WebRTCError)?.code == .fingerprintFailure }
        guard case .failed(let diagnosis) = await ending else {
            Issue.record("not failed")
            return
        }
        #expect(diagnosis.step == .fingerprint)
        caller.close()
        callee.close()
    }
}
