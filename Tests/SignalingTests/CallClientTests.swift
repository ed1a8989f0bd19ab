import JSEP
import Synchronization
import Testing

@testable import Signaling

@Suite("clients that call each other", .timeLimit(.minutes(1)))
struct CallClientTests {
    private struct Missing: Error {}

    /// Gives tokens, the first of them bad ones, and counts.
    private final class Tokens: Sendable {
        private let given = Mutex(0)
        let user: String
        let bad: Int
        var count: Int { given.withLock { $0 } }

        init(_ user: String, bad: Int = 0) {
            self.user = user
            self.bad = bad
        }

        func next() -> String {
            given.withLock { given in
                given += 1
                return given <= bad ? "stolen" : "token-\(user)"
            }
        }
    }

    private let offer = SignalingPayload.description(SessionDescription(type: .offer, sdp: "o"))
    private let answer = SignalingPayload.description(SessionDescription(type: .answer, sdp: "a"), answers: "1 2")

    private func server(port: UInt16 = 0) async throws -> (SignalingServer, String) {
        let server = SignalingServer(
            configuration: SignalingServerConfiguration(host: "127.0.0.1", port: port, tokens: NamedTokens()))
        return (server, "ws://127.0.0.1:\(try await server.start())")
    }

    private func client(_ url: String, _ tokens: Tokens, ringing: Duration = .seconds(30)) throws -> CallClient {
        try CallClient(
            url: url, backoff: .init(initial: .milliseconds(10), maximum: .milliseconds(50)), ringingTime: ringing
        ) { tokens.next() }
    }

    private func connected(_ client: CallClient) async throws {
        for await event in client.events { if event == .connected { return } }
        throw Missing()
    }

    private func clients(_ url: String, _ users: String...) async throws -> [CallClient] {
        var clients: [CallClient] = []
        for user in users {
            let client = try client(url, Tokens(user))
            try await connected(client)
            clients.append(client)
        }
        return clients
    }

    private func end(_ call: CallClient.Call) async -> CallState? {
        var last: CallState?
        for await state in call.states { last = state }
        return last
    }

    @Test("a call rings, is accepted, carries offer, answer and what belongs to them, and is hung up")
    func call() async throws {
        let (server, url) = try await server()
        let both = try await clients(url, "ann", "bob")
        let outgoing = both[0].call("bob")
        let way = outgoing.channel
        try await way.send(offer)
        var ringing = both[1].incoming.makeAsyncIterator()
        let incoming = try #require(await ringing.next(isolation: #isolation))
        #expect(incoming.id == outgoing.id && incoming.user == "ann" && incoming.state == .ringing)
        #expect(incoming.isPolite && !outgoing.isPolite)
        incoming.accept()
        var there = incoming.channel.messages.makeAsyncIterator()
        #expect(try await there.next() == .message(offer))
        try await incoming.channel.send(answer)
        var here = way.messages.makeAsyncIterator()
        #expect(try await here.next() == .message(answer))
        #expect(outgoing.state == .accepted)
        outgoing.hangUp()
        #expect(await end(incoming) == .ended(.hungUp))
        #expect(await end(outgoing) == .ended(.hungUp))
        #expect(try await here.next() == nil)
        for client in both { await client.close() }
        #expect(await ringing.next(isolation: #isolation) == nil)
        await server.stop()
    }

    @Test("rejected, unanswered and absent users end a call with why")
    func ends() async throws {
        let (server, url) = try await server()
        let both = try await clients(url, "ann", "bob")
        var ringing = both[1].incoming.makeAsyncIterator()
        let first = both[0].call("bob")
        try await first.channel.send(offer)
        let incoming = await ringing.next(isolation: #isolation)
        incoming?.reject(reason: "busy")
        #expect(await end(first) == .ended(.busy))
        let second = both[0].call("nobody")
        try await second.channel.send(offer)
        #expect(await end(second) == .ended(.offline))
        let hurried = try client(url, Tokens("eve"), ringing: .milliseconds(50))
        try await connected(hurried)
        let third = hurried.call("bob")
        try await third.channel.send(offer)
        #expect(await end(third) == .ended(.missed))
        for client in both + [hurried] { await client.close() }
        await server.stop()
    }

    @Test("calls that cross become one, accepted at both ends")
    func glare() async throws {
        let (server, url) = try await server()
        let both = try await clients(url, "ann", "bob")
        let calls = [both[0].call("bob"), both[1].call("ann")]
        let offers = Task { for call in calls { try? await call.channel.send(offer) } }
        await offers.value
        let loser = calls[0].id.utf16.lexicographicallyPrecedes(calls[1].id.utf16) ? 1 : 0
        #expect(await end(calls[loser]) == .ended(.glare))
        let successor = try #require(calls[loser].successor)
        #expect(successor.id == calls[1 - loser].id && successor.isPolite && successor.state == .accepted)
        for await state in calls[1 - loser].states where state == .accepted { break }
        var incoming = successor.channel.messages.makeAsyncIterator()
        #expect(try await incoming.next() == .message(offer))
        for client in both { await client.close() }
        await server.stop()
    }

    @Test("the token is asked for again after a 401, and for each connection")
    func tokens() async throws {
        let (server, url) = try await server()
        let tokens = Tokens("ann", bad: 1)
        let ann = try client(url, tokens)
        try await connected(ann)
        #expect(tokens.count == 2)
        await ann.close()
        let stranger = Tokens("eve", bad: .max)
        let error = await #expect(throws: SignalingError.self) {
            try await DialectClient<CallClientDialect>.connect(
                to: url, configuration: .init(token: { stranger.next() }))
        }
        #expect(error?.code == .unauthorized && stranger.count == 2)
        for token in ["", "a b", "a\r\nX: y"] {
            let error = await #expect(throws: SignalingError.self) {
                try await DialectClient<CallClientDialect>.connect(to: url, configuration: .init(token: { token }))
            }
            #expect(error?.code == .unauthorized)
        }
        await server.stop()
    }

    @Test("a call that was accepted goes on over the server's end, and the negotiator is told")
    func reconnecting() async throws {
        var (server, url) = try await server()
        let both = try await clients(url, "ann", "bob")
        let outgoing = both[0].call("bob")
        try await outgoing.channel.send(offer)
        var ringing = both[1].incoming.makeAsyncIterator()
        let incoming = try #require(await ringing.next(isolation: #isolation))
        incoming.accept()
        for await state in outgoing.states where state == .accepted { break }
        let port = try #require(server.port)
        await server.stop()
        var here = outgoing.channel.messages.makeAsyncIterator()
        guard case .problem? = try await here.next() else { throw Missing() }
        (server, url) = try await self.server(port: port)
        var event = try await here.next()
        while case .problem? = event { event = try await here.next() }
        #expect(event == .reconnected && outgoing.state == .accepted)
        for client in both { await client.close() }
        #expect(outgoing.state == .ended(.hungUp))
        await server.stop()
    }

    @Test("messages go to a user with all their members, and nothing else does")
    func messages() async throws {
        let (server, url) = try await server()
        let both = try await clients(url, "ann", "bob")
        let message = SignalingMessage(type: "message", ["encryptedContent": "abc", "id": "7"])
        try await both[0].send(message, to: "bob")
        var events = both[1].events.makeAsyncIterator()
        #expect(await events.next() == .message(.plain(peer: "ann", message)))
        let error = await #expect(throws: SignalingError.self) {
            try await both[0].send(SignalingMessage(type: "call-hangup"), to: "bob")
        }
        #expect(error?.code == .invalidMessage)
        for client in both { await client.close() }
        await server.stop()
    }

    private static let kinds: [CallMessage] = [
        .offer(peer: "b", callID: "1", sdp: "o"), .answer(peer: "b", callID: "1", sdp: "a"),
        .candidate(peer: "b", callID: "1", CandidateMessage(candidate: "candidate:1", sdpMid: "0")),
        .candidate(peer: "b", callID: "1", nil), .accept(peer: "b", callID: "1"), .reject(peer: "b", callID: "1"),
        .reject(peer: "b", callID: "1", reason: "busy"), .hangup(peer: "b", callID: "1", reason: "missed"),
        .plain(peer: "b", SignalingMessage(type: "typing", ["x": "y"])),
        .error(ErrorMessage(code: "recipient-offline", message: "x", to: "b", callID: "1")),
    ]

    @Test("each message is read as it was written", arguments: kinds)
    func roundTrip(_ message: CallMessage) throws {
        #expect(try CallMessage(SignalingMessage(parsing: message.message.bytes)) == message)
        #expect(message.message.type == message.type)
    }
}
