import JSEP
import Signaling
import Testing
import WebRTC
import WebRTCTestSupport

@Suite("Connections that are negotiated through a signaling server", .timeLimit(.minutes(1)))
struct SignaledNegotiationTests {
    private let ann = "0A0A0A0A-0000-4000-8000-00000000000A"
    private let bob = "0B0B0B0B-0000-4000-8000-00000000000B"
    /// An offer that waits for it costs the test.
    private let patience = PerfectNegotiator.Settings(answerTimeout: .seconds(600))

    private func server() async throws -> (SignalingServer, String) {
        let server = SignalingServer(configuration: .init(host: "127.0.0.1", port: 0))
        return (server, "ws://127.0.0.1:\(try await server.start())/ws")
    }

    private func client(_ url: String, as id: String) async throws -> SignalingClient {
        let client = try await SignalingClient.connect(to: url)
        try await client.register(Registration(peerID: id, peerType: .display, displayName: "x"))
        return client
    }

    private func close(_ connections: PeerConnection...) async {
        for connection in connections { connection.close() }
        for connection in connections { await connection.closed() }
    }

    @Test("a caller whose peer comes later connects when that comes, not when an answer is overdue")
    func callerFirst() async throws {
        let (server, url) = try await server()
        let (here, there) = (
            try PeerConnection(configuration: ConnectedPair.loopback),
            try PeerConnection(configuration: ConnectedPair.loopback)
        )
        let caller = try PerfectNegotiator(
            here, over: PeerSignaling(try await client(url, as: ann), peer: bob), polite: true, settings: patience)
        let chat = try await here.createDataChannel("chat")
        var problems = caller.problems.makeAsyncIterator()
        #expect(await problems.next() == .signaling("unknown-peer: nobody is registered as \(bob)"))
        let callee = try PerfectNegotiator(
            there, over: PeerSignaling(try await client(url, as: bob.lowercased()), peer: ann.lowercased()),
            polite: false, settings: patience)
        try await chat.opened()
        caller.close()
        callee.close()
        await close(here, there)
        await server.stop()
    }

    @Test("an application that reads the client too does not disturb its negotiator, and may answer whoever calls")
    func answersWhoeverCalls() async throws {
        let (server, url) = try await server()
        let (here, there) = (
            try PeerConnection(configuration: ConnectedPair.loopback),
            try PeerConnection(configuration: ConnectedPair.loopback)
        )
        let client = try await client(url, as: bob)
        let answering = Task { () -> PerfectNegotiator? in
            var negotiator: PerfectNegotiator?
            for try await message in client.messages {
                guard case .offer(let from?, _, _) = message else { continue }
                let signaling = PeerSignaling(client, peer: from, heard: [message])
                negotiator = try PerfectNegotiator(there, over: signaling, polite: false, settings: patience)
            }
            return negotiator
        }
        let caller = try PerfectNegotiator(
            here, over: PeerSignaling(try await self.client(url, as: ann), peer: bob), polite: true, settings: patience)
        try await here.createDataChannel("chat").opened()
        // An exchange that the application's loop would have taken a part of.
        let states = here.signalingStates
        await here.restartICE()
        var hasOffered = false
        for await state in states {
            hasOffered = hasOffered || state == .haveLocalOffer
            if hasOffered, state == .stable { break }
        }
        await client.close()
        _ = try await answering.value
        caller.close()
        await close(here, there)
        await server.stop()
    }

    @Test("a server's refusal is a problem, and part of why the signaling ended")
    func refusal() async throws {
        let (server, url) = try await server()
        let connection = try PeerConnection(configuration: ConnectedPair.loopback)
        let negotiator = PerfectNegotiator(
            connection, over: PeerSignaling(try await client(url, as: "Anna"), peer: "Bob"), polite: true)
        let problems = negotiator.problems
        _ = try await connection.createDataChannel("chat")
        var seen: [NegotiationProblem] = []
        for await problem in problems { seen.append(problem) }
        #expect(seen.first == .signaling("invalid-message: peer_id is not a UUID"))
        guard case .signalingEnded(let text?)? = seen.last else {
            Issue.record("it has not ended: \(seen)")
            return
        }
        #expect(text.contains("1008") && text.contains("not-registered: "))
        await close(connection)
        await server.stop()
    }

    @Test("settings that cannot work are refused", arguments: [0, -1])
    func settings(tries: Int) async throws {
        let connection = try PeerConnection(configuration: ConnectedPair.loopback)
        let (wire, _) = MemorySignaling.pair()
        let error = #expect(throws: WebRTCError.self) {
            try PerfectNegotiator(connection, over: wire, polite: true, settings: .init(maximumTries: tries))
        }
        #expect(error?.code == .range && error?.message == "maximumTries is \(tries): 1 to 1000000")
        await close(connection)
    }
}
