import JSEP
import TestSupport
import Testing

@testable import Signaling

@Suite("the way to one peer through a client that others read too", .timeLimit(.minutes(1)))
struct PeerSignalingTests {
    private let ann = SignalingParty.ann
    private let bob = SignalingParty.bob
    private let dan = SignalingParty.dan
    private let eve = SignalingParty.eve

    private func answer(_ sdp: String) -> SignalingEvent {
        .message(.description(SessionDescription(type: .answer, sdp: sdp)))
    }

    private func offer(_ sdp: String) -> SignalingEvent {
        .message(.description(SessionDescription(type: .offer, sdp: sdp)))
    }

    @Test("an application's loop and two negotiators read one client at once, each what is for it")
    func severalReaders() async throws {
        let party = try await SignalingParty()
        let own = try await party.client(as: ann)
        var others: [SignalingClient] = []
        for id in [bob, eve, dan] { others.append(try await party.client(as: id)) }
        for client in others + [own] { try await SignalingParty.list(of: 4, client) }
        let loop = Task {
            try await SignalingParty.first(own) { message in
                switch message {
                case .answer, .ice: Issue.record("the application's loop has a message of a negotiator's peer")
                case .offer(dan, _, let sdp): return sdp
                default: break
                }
                return nil
            }
        }
        let (toBob, toEve) = (PeerSignaling(own, peer: bob), PeerSignaling(own, peer: eve))
        try await others[0].send(.answer(from: nil, to: ann, sdp: "of Bob"))
        try await others[1].send(.ice(from: nil, to: ann, candidate: nil))
        try await others[0].send(.offer(from: nil, to: ann, sdp: "of Bob again"))
        var (fromBob, fromEve) = (toBob.messages.makeAsyncIterator(), toEve.messages.makeAsyncIterator())
        #expect(try await fromBob.next() == answer("of Bob"))
        #expect(try await fromBob.next() == offer("of Bob again"))
        #expect(try await fromEve.next() == .message(.candidate(nil)))
        try await others[2].send(.offer(from: nil, to: ann, sdp: "of Dan"))
        #expect(try await loop.value == "of Dan")
        await party.server.stop()
    }

    @Test("an id is the same in upper and in lower case", arguments: [true, false], [true, false])
    func spelling(registersLower: Bool, namesLower: Bool) async throws {
        let party = try await SignalingParty()
        let own = try await party.client(as: ann)
        let other = try await party.client(as: registersLower ? bob.lowercased() : bob)
        try await SignalingParty.list(of: 2, own)
        let way = PeerSignaling(own, peer: namesLower ? bob.lowercased() : bob)
        try await way.send(.description(SessionDescription(type: .offer, sdp: "o")))
        let from = try await SignalingParty.first(other) { if case .offer(let from, _, _) = $0 { from } else { nil } }
        try await other.send(.answer(from: nil, to: from, sdp: "a"))
        var incoming = way.messages.makeAsyncIterator()
        #expect(try await incoming.next() == answer("a"))
        await party.server.stop()
    }

    @Test("what the peer has sent before is not lost, whether the application has read it or not")
    func before() async throws {
        let party = try await SignalingParty()
        let (own, other) = (try await party.client(as: ann), try await party.client(as: bob))
        try await SignalingParty.list(of: 2, own)
        try await other.send(.offer(from: nil, to: ann, sdp: "o"))
        try await other.send(.ice(from: nil, to: ann, candidate: nil))
        // The server answers it, so that what came before is there.
        try await other.send(.answer(from: nil, to: dan, sdp: "nobody's"))
        _ = try await SignalingParty.first(other) { if case .error = $0 { true } else { nil } }
        let heard = try await SignalingParty.first(own) { if case .offer = $0 { $0 } else { nil } }
        var incoming = PeerSignaling(own, peer: bob, heard: [heard]).messages.makeAsyncIterator()
        #expect(try await incoming.next() == offer("o"))
        #expect(try await incoming.next() == .message(.candidate(nil)))
        await party.server.stop()
    }

    @Test("a second task that reads a client's messages is told so, and the first goes on")
    func secondReader() async throws {
        let party = try await SignalingParty()
        let own = try await party.client(as: ann)
        try await SignalingParty.list(of: 1, own)
        let first = Task {
            try await SignalingParty.first(own) { if case .offer(_, _, let sdp) = $0 { sdp } else { nil } }
        }
        try await waitUntil { own.inbox.isBeingRead }
        let error = await #expect(throws: SignalingError.self) {
            try await SignalingParty.first(own) { _ in true }
        }
        #expect(error?.code == .invalidState)
        let other = try await party.client(as: bob)
        try await other.send(.offer(from: nil, to: ann, sdp: "o"))
        #expect(try await first.value == "o")
        await party.server.stop()
    }

    @Test("of two for the same peer the newer one is read, and of two readers of one the first reads")
    func sameTwice() async throws {
        let party = try await SignalingParty()
        let (own, other) = (try await party.client(as: ann), try await party.client(as: bob))
        try await SignalingParty.list(of: 2, own)
        let (older, newer) = (PeerSignaling(own, peer: bob), PeerSignaling(own, peer: bob.lowercased()))
        var (replaced, incoming) = (older.messages.makeAsyncIterator(), newer.messages.makeAsyncIterator())
        let failure = await #expect(throws: SignalingError.self) { try await replaced.next() }
        #expect(failure?.code == .invalidState)
        var second = newer.messages.makeAsyncIterator()
        let refusal = await #expect(throws: SignalingError.self) { try await second.next() }
        #expect(refusal?.code == .invalidState)
        try await other.send(.answer(from: nil, to: ann, sdp: "a"))
        #expect(try await incoming.next() == answer("a"))
        await party.server.stop()
    }

    @Test("an application that reads nothing holds up no negotiator")
    func applicationThatDoesNotRead() async throws {
        let party = try await SignalingParty()
        let own = try await party.client(as: ann, configuration: .init(queueLimit: 8))
        let (other, third) = (try await party.client(as: bob), try await party.client(as: eve))
        try await SignalingParty.list(of: 3, own)
        // As many as it takes for the client to stop reading, and for more.
        for number in 0..<64 { try await third.send(.offer(from: nil, to: ann, sdp: "\(number)")) }
        try await third.send(.offer(from: nil, to: dan, sdp: "nobody's"))
        _ = try await SignalingParty.first(third) { if case .error = $0 { true } else { nil } }
        let way = PeerSignaling(own, peer: bob)
        var incoming = way.messages.makeAsyncIterator()
        for number in 0..<64 {
            try await third.send(.offer(from: nil, to: ann, sdp: "more \(number)"))
            try await other.send(.answer(from: nil, to: ann, sdp: "\(number)"))
            #expect(try await incoming.next() == answer("\(number)"))
        }
        // What is left is the newest.
        try await third.send(.offer(from: nil, to: ann, sdp: "last"))
        let kept = try await SignalingParty.first(own) { if case .offer(_, _, let sdp) = $0 { sdp } else { nil } }
        #expect(try #require(Int(kept.dropFirst("more ".count))) >= 50)
        await party.server.stop()
    }

    @Test("a negotiator that reads nothing ends alone, with an error that says so")
    func negotiatorThatDoesNotRead() async throws {
        let party = try await SignalingParty()
        let own = try await party.client(as: ann, configuration: .init(queueLimit: 8))
        let (other, third) = (try await party.client(as: bob), try await party.client(as: eve))
        try await SignalingParty.list(of: 3, own)
        let (silent, lively) = (PeerSignaling(own, peer: bob), PeerSignaling(own, peer: eve))
        for number in 0..<9 { try await other.send(.answer(from: nil, to: ann, sdp: "\(number)")) }
        try await other.send(.answer(from: nil, to: dan, sdp: "nobody's"))
        _ = try await SignalingParty.first(other) { if case .error = $0 { true } else { nil } }
        try await third.send(.answer(from: nil, to: ann, sdp: "a"))
        var incoming = lively.messages.makeAsyncIterator()
        #expect(try await incoming.next() == answer("a"))
        var late = silent.messages.makeAsyncIterator()
        for number in 0..<8 { #expect(try await late.next() == answer("\(number)")) }
        let error = await #expect(throws: SignalingError.self) { try await late.next() }
        #expect(error?.code == .inboxFull && error?.message.contains("queueLimit") == true)
        await party.server.stop()
    }

    @Test("a peer that comes later is told of, after one word that it is not there")
    func peerComesLater() async throws {
        let party = try await SignalingParty()
        let own = try await party.client(as: ann)
        let way = PeerSignaling(own, peer: bob)
        var incoming = way.messages.makeAsyncIterator()
        try await way.send(.description(SessionDescription(type: .offer, sdp: "o")))
        try await way.send(.candidate(nil))
        #expect(try await incoming.next() == .problem("unknown-peer: nobody is registered as \(bob)"))
        let other = try await party.client(as: bob.lowercased())
        #expect(try await incoming.next() == .reconnected)
        // So is one that comes back.
        await other.close()
        try await waitUntil { await party.server.peers().count <= 1 }
        try await way.send(.candidate(nil))
        #expect(try await incoming.next() == .problem("recipient-offline: \(bob) is not connected any more"))
        _ = try await party.client(as: bob)
        #expect(try await incoming.next() == .reconnected)
        await party.server.stop()
    }

    @Test("what the server refuses is told as a problem, and once more when it closes")
    func serverErrors() async throws {
        let party = try await SignalingParty()
        let own = try await party.client(as: "Anna")
        var incoming = PeerSignaling(own, peer: bob).messages.makeAsyncIterator()
        #expect(try await incoming.next() == .problem("invalid-message: peer_id is not a UUID"))
        for _ in 0..<4 { try await own.send(.heartbeat(peerID: ann)) }
        #expect(try await incoming.next() == .problem("not-registered: send register before heartbeat"))
        let closed = await #expect(throws: SignalingError.self) { try await incoming.next() }
        #expect(closed?.closeCode == 1008 && closed?.message.contains("send register") == true)
        await party.server.stop()
    }

    @Test("a client whose id is in use knows so from the error alone")
    func idInUse() async throws {
        let party = try await SignalingParty()
        let holder = try await party.client(as: ann)
        try await SignalingParty.list(of: 1, holder)
        let second = try await party.client(as: ann.lowercased())
        var incoming = PeerSignaling(second, peer: bob).messages.makeAsyncIterator()
        guard case .problem(let text)? = try await incoming.next() else { throw SignalingParty.Missing() }
        #expect(text.hasPrefix("id-in-use: "))
        let error = await #expect(throws: SignalingError.self) { try await incoming.next() }
        #expect(error?.closeCode == 4409 && error?.message.contains("id-in-use") == true)
        await party.server.stop()
    }

    @Test("an error that the server told long ago is not why it closes")
    func oldError() async throws {
        let party = try await SignalingParty()
        let own = try await party.client(as: ann)
        try await own.send(.offer(from: nil, to: bob, sdp: "o"))
        _ = try await SignalingParty.first(own) { if case .error = $0 { true } else { nil } }
        _ = try await party.client(as: eve)
        try await SignalingParty.list(of: 2, own)
        await party.server.stop()
        let error = await #expect(throws: SignalingError.self) { try await SignalingParty.list(of: 9, own) }
        #expect(error?.closeCode == 1001 && error?.message.contains("unknown-peer") == false)
    }

    @Test("lists from before are no news for a negotiator")
    func oldLists() async throws {
        let party = try await SignalingParty()
        let (own, other) = (try await party.client(as: ann), try await party.client(as: bob))
        // Ann has a list without Bob, and one with him, and has read neither, when she has this.
        try await other.send(.offer(from: nil, to: ann, sdp: "o"))
        try await waitUntil { own.inbox.waiting >= 3 }
        var incoming = PeerSignaling(own, peer: bob).messages.makeAsyncIterator()
        #expect(try await incoming.next() == offer("o"))
        await party.server.stop()
    }

    @Test("over a registration that is kept up it lasts, and tells when the peer is there again")
    func reconnecting() async throws {
        var party = try await SignalingParty()
        // Nobody reads its events, which are soon more than that.
        let own = try ReconnectingSignalingClient(
            url: party.url, registration: .init(peerID: ann, peerType: .display, displayName: "x"),
            configuration: .init(queueLimit: 4),
            backoff: .init(initial: .milliseconds(10), maximum: .milliseconds(50)))
        let way = PeerSignaling(own, peer: bob)
        var incoming = way.messages.makeAsyncIterator()
        for round in 0..<3 {
            let other = try await party.client(as: bob)
            var event = try await incoming.next()
            while case .problem? = event { event = try await incoming.next() }
            #expect(event == .reconnected)
            try await other.send(.answer(from: nil, to: ann, sdp: "\(round)"))
            #expect(try await incoming.next() == answer("\(round)"))
            try await way.send(.description(SessionDescription(type: .offer, sdp: "o \(round)")))
            let sdp = try await SignalingParty.first(other) { if case .offer(_, _, let sdp) = $0 { sdp } else { nil } }
            #expect(sdp == "o \(round)")
            await party.server.stop()
            guard case .problem(let text)? = try await incoming.next() else { throw SignalingParty.Missing() }
            #expect(text.contains("1001"))
            party = try await SignalingParty(port: party.port)
        }
        await own.close()
        var event = try await incoming.next()
        while event != nil { event = try await incoming.next() }
        await party.server.stop()
    }

    @Test("a second task that reads a registration's events gets none of them")
    func secondReaderOfEvents() async throws {
        let party = try await SignalingParty()
        let own = try ReconnectingSignalingClient(
            url: party.url, registration: .init(peerID: ann, peerType: .display, displayName: "x"))
        let other = try await party.client(as: bob)
        for await event in own.events {
            if case .message(.peerList(let peers)) = event, peers.count == 2 { break }
        }
        let first = Task { () -> [String] in
            var offers: [String] = []
            for await event in own.events {
                if case .message(.offer(_, _, let sdp)) = event { offers.append(sdp) }
                if offers.count == 2 { break }
            }
            return offers
        }
        try await waitUntil { own.inbox.isBeingRead }
        var second = own.events.makeAsyncIterator()
        #expect(await second.next() == nil)
        for sdp in ["1", "2"] { try await other.send(.offer(from: nil, to: ann, sdp: sdp)) }
        #expect(await first.value == ["1", "2"])
        await own.close()
        await party.server.stop()
    }
}
