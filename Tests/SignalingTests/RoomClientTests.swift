import JSEP
import TestSupport
import Testing

@testable import Signaling

@Suite("clients in a room", .timeLimit(.minutes(1)))
struct RoomClientTests {
    private struct Missing: Error {}

    private let offer = SignalingPayload.description(SessionDescription(type: .offer, sdp: "o"))
    private let answer = SignalingPayload.description(SessionDescription(type: .answer, sdp: "a"), answers: "1 2")

    private func client(_ party: SignalingParty, _ id: String) throws -> RoomClient {
        try RoomClient(
            url: party.url, id: id, room: "kitchen",
            backoff: .init(initial: .milliseconds(10), maximum: .milliseconds(50)))
    }

    /// Reads until an event meets the condition.
    private func first<Value>(_ client: RoomClient, _ pick: (RoomClient.Event) -> Value?) async throws -> Value {
        for await event in client.events {
            if let value = pick(event) { return value }
        }
        throw Missing()
    }

    private func list(_ client: RoomClient) async throws -> [String] {
        try await first(client) { if case .message(.peerList(let peers)) = $0 { peers } else { nil } }
    }

    @Test("they see each other come and go, offer, answer and tell who is polite")
    func room() async throws {
        let party = try await SignalingParty()
        let ann = try client(party, "ann")
        #expect(try await list(ann) == [])
        let bob = try client(party, "bob")
        #expect(try await list(bob) == ["ann"])
        let came = try await first(ann) { if case .message(.peerJoined(let peer)) = $0 { peer } else { nil } }
        #expect(came == "bob" && ann.peers == ["bob"] && bob.peers == ["ann"])
        #expect(bob.isPolite(towards: "ann") && !ann.isPolite(towards: "bob"))
        let way = ann.channel(to: "bob")
        var incoming = way.messages.makeAsyncIterator()
        try await way.send(offer)
        let heard = try await first(bob) { event -> RoomMessage? in
            if case .message(let message) = event, message.type == "offer" { message } else { nil }
        }
        #expect(heard == .offer(from: "ann", to: "bob", sdp: "o"))
        let back = bob.channel(to: "ann", heard: [heard])
        var there = back.messages.makeAsyncIterator()
        #expect(try await there.next() == .message(offer))
        try await back.send(answer)
        #expect(try await incoming.next() == .message(answer))
        // A refusal goes with the next offer.
        let refusal = SignalingPayload.description(SessionDescription(type: .rollback), answers: "1 2")
        try await back.send(refusal)
        try await back.send(offer)
        #expect(try await incoming.next() == .message(refusal))
        #expect(try await incoming.next() == .message(offer))
        await bob.close()
        let left = try await first(ann) { if case .message(.peerLeft(let peer)) = $0 { peer } else { nil } }
        #expect(left == "bob" && ann.peers.isEmpty)
        await ann.close()
        await party.server.stop()
    }

    @Test("a peer that comes late has the offer in the round trip after it has joined")
    func lateInRoom() async throws {
        let party = try await SignalingParty()
        let ann = try client(party, "ann")
        _ = try await list(ann)
        let way = ann.channel(to: "bob")
        var incoming = way.messages.makeAsyncIterator()
        try await way.send(offer)
        guard case .problem(let text)? = try await incoming.next() else { throw Missing() }
        #expect(text.hasPrefix("unknown-peer"))
        let bob = try client(party, "bob")
        // The first that Ann hears is that Bob has come, and the first that Bob hears, after the list, is her offer.
        #expect(try await incoming.next() == .reconnected)
        try await way.send(offer)
        var heard: [RoomMessage] = []
        for await case .message(let message) in bob.events {
            heard.append(message)
            if heard.count == 2 { break }
        }
        #expect(heard == [.peerList(["ann"]), .offer(from: "ann", to: "bob", sdp: "o")])
        await ann.close()
        await bob.close()
        await party.server.stop()
    }

    @Test("so it is in the mesh")
    func lateInMesh() async throws {
        let party = try await SignalingParty()
        let own = try await party.client(as: SignalingParty.ann)
        let way = PeerSignaling(own, peer: SignalingParty.bob)
        var incoming = way.messages.makeAsyncIterator()
        try await way.send(offer)
        guard case .problem? = try await incoming.next() else { throw Missing() }
        let other = try await party.client(as: SignalingParty.bob)
        #expect(try await incoming.next() == .reconnected)
        try await way.send(offer)
        var heard: [String] = []
        for try await message in other.messages {
            heard.append(message.type)
            if heard.count == 2 { break }
        }
        #expect(heard == ["peer_list", "offer"])
        await party.server.stop()
    }

    @Test("a place is kept up over the server's end, and its peers' negotiators are told")
    func reconnecting() async throws {
        var party = try await SignalingParty()
        let (ann, bob) = (try client(party, "ann"), try client(party, "bob"))
        var incoming = ann.channel(to: "bob").messages.makeAsyncIterator()
        for _ in 0..<2 {
            try await waitUntil { ann.peers == ["bob"] && bob.peers == ["ann"] }
            await party.server.stop()
            var event = try await incoming.next()
            while case .reconnected? = event { event = try await incoming.next() }
            guard case .problem? = event else { throw Missing() }
            party = try await SignalingParty(port: party.port)
            event = try await incoming.next()
            while case .problem? = event { event = try await incoming.next() }
            #expect(event == .reconnected)
        }
        await ann.close()
        await bob.close()
        await party.server.stop()
    }

    @Test("what an application does not read holds up neither who is there nor a negotiator")
    func unread() async throws {
        let party = try await SignalingParty()
        let ann = try RoomClient(url: party.url, id: "ann", room: "kitchen", configuration: .init(queueLimit: 2))
        let bob = try client(party, "bob")
        _ = try await list(bob)
        for _ in 0..<20 { try await bob.send(.offer(from: nil, to: nil, sdp: "to all")) }
        await bob.close()
        let eve = try client(party, "eve")
        try await waitUntil { ann.peers == ["eve"] }
        await ann.close()
        await eve.close()
        await party.server.stop()
    }

    @Test("an id or a room that no server takes is refused at once", arguments: [("", "x"), ("x", "")])
    func settings(id: String, room: String) {
        let error = #expect(throws: SignalingError.self) {
            try RoomClient(url: "ws://127.0.0.1:1", id: id, room: room)
        }
        #expect(error?.code == .invalidConfiguration)
    }

    private static let messages: [RoomMessage] = [
        .join(peerID: "a", room: nil), .join(peerID: "a", room: "r"), .peerList(["a", "b"]), .peerJoined("a"),
        .peerLeft("a"), .offer(from: "a", to: nil, sdp: "o"), .answer(from: nil, to: "b", sdp: "a"),
        .candidate(from: "a", to: "b", CandidateMessage(candidate: "candidate:1", sdpMid: "0", sdpMLineIndex: 0)),
        .candidate(from: "a", to: "b", nil), .error(ErrorMessage(code: "full", message: "x", to: "b")),
    ]

    @Test("each message is read as it was written", arguments: messages)
    func roundTrip(_ message: RoomMessage) throws {
        #expect(try RoomMessage(SignalingMessage(parsing: message.message.bytes)) == message)
        #expect(message.message.type == message.type)
    }
}
