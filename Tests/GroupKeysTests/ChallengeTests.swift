import Testing

@testable import GroupKeys

@Suite("The challenge before a registration")
struct ChallengeTests {
    private let key = GroupKey()
    private static let leader = "6F0C0000-0000-4000-8000-000000000001"
    private static let node = "91ab0000-0000-4000-8000-000000000002"

    private func context(
        server: String = leader, client: String = node, _ binding: ChannelBinding = .address("192.0.2.7:3010")
    ) throws -> ChallengeContext {
        try ChallengeContext(server: server, client: client, binding: binding)
    }

    @Test("both ends of one group are satisfied, however they spell ids and addresses")
    func both() throws {
        var client = ClientChallenge(key: key)
        let clientContext = try context(.address("DESK.local:3010"))
        var server = ServerChallenge(
            key: key,
            context: try context(
                server: Self.leader.lowercased(), client: Self.node.uppercased(), .address("desk.local:3010")),
            nonce: try #require(Nonce(client.nonce.text)), now: .zero)
        let response = try client.respond(
            to: try #require(Nonce(server.nonce.text)), proof: try #require(Proof(server.proof.text)), in: clientContext
        )
        try server.verify(try #require(Proof(response.text)), now: .seconds(9))
    }

    @Test("a server without the key is refused before the client has said anything")
    func strangeServer() throws {
        var client = ClientChallenge(key: key)
        let clientContext = try context()
        let server = ServerChallenge(key: GroupKey(), context: try context(), nonce: client.nonce, now: .zero)
        let error = #expect(throws: GroupKeyError.self) {
            try client.respond(to: server.nonce, proof: server.proof, in: clientContext)
        }
        #expect(error?.code == .wrongProof)
        // And it does not get another try on this connection.
        let right = ServerChallenge(key: key, context: try context(), nonce: client.nonce, now: .zero)
        #expect(throws: GroupKeyError.self) {
            try client.respond(to: right.nonce, proof: right.proof, in: clientContext)
        }
    }

    @Test("a client without the key is refused, and has one try")
    func strangeClient() throws {
        let nonce = Nonce()
        var server = ServerChallenge(key: key, context: try context(), nonce: nonce, now: .zero)
        let wrong = Proof(bytes: Array(repeating: 0, count: 32))
        #expect(throws: GroupKeyError.self) { try server.verify(wrong, now: .zero) }
        let right = try context().transcript(of: .client, client: nonce, server: server.nonce)
        let error = #expect(throws: GroupKeyError.self) {
            try server.verify(Proof(bytes: right.code(key.derived(.challenge))), now: .zero)
        }
        #expect(error?.code == .stale)
    }

    @Test("who is shown its own proof refuses it", arguments: [false, true])
    func reflected(withOwnNonce: Bool) throws {
        // Somebody without the key opens a connection to a member, and says there what the member's client said.
        var client = ClientChallenge(key: key)
        let clientContext = try context(server: Self.node, client: Self.node)
        let mirror = ServerChallenge(
            key: key, context: try context(server: Self.node, client: Self.node), nonce: client.nonce, now: .zero)
        var server = ServerChallenge(
            key: key, context: try context(server: Self.node, client: Self.node), nonce: client.nonce, now: .zero)
        #expect(throws: GroupKeyError.self) { try server.verify(server.proof, now: .zero) }
        #expect(throws: GroupKeyError.self) {
            try client.respond(to: withOwnNonce ? client.nonce : server.nonce, proof: mirror.proof, in: clientContext)
        }
    }

    @Test("what was said on an earlier connection is worth nothing on this one")
    func replayed() throws {
        var former = ClientChallenge(key: key)
        let formerContext = try context()
        let formerServer = ServerChallenge(key: key, context: try context(), nonce: former.nonce, now: .zero)
        let response = try former.respond(to: formerServer.nonce, proof: formerServer.proof, in: formerContext)
        var server = ServerChallenge(key: key, context: try context(), nonce: former.nonce, now: .zero)
        #expect(throws: GroupKeyError.self) { try server.verify(response, now: .zero) }
        var client = ClientChallenge(key: key)
        let clientContext = try context()
        #expect(throws: GroupKeyError.self) {
            try client.respond(to: formerServer.nonce, proof: formerServer.proof, in: clientContext)
        }
    }

    @Test("who stands between two members and repeats what they say has nothing of it")
    func relayed() throws {
        // The client has called the relay's address, or has been shown the relay's certificate, or takes the relay for a node.
        let real = try context()
        for seen in [
            try context(.address("192.0.2.66:3010")), try context(.address("192.0.2.7:3011")),
            try context(.certificate(der: [1, 2, 3])), try context(server: "00000000-0000-4000-8000-000000000066"),
            try context(client: "00000000-0000-4000-8000-000000000066"),
        ] {
            var client = ClientChallenge(key: key)
            let clientContext = seen
            var server = ServerChallenge(key: key, context: real, nonce: client.nonce, now: .zero)
            #expect(throws: GroupKeyError.self) {
                try client.respond(to: server.nonce, proof: server.proof, in: clientContext)
            }
            // Nor has the server, should the client have been one that answers everybody.
            let careless = seen.transcript(of: .client, client: client.nonce, server: server.nonce)
            #expect(throws: GroupKeyError.self) {
                try server.verify(Proof(bytes: careless.code(key.derived(.challenge))), now: .zero)
            }
        }
    }

    @Test("a response has ten seconds")
    func late() throws {
        var client = ClientChallenge(key: key)
        let clientContext = try context()
        var server = ServerChallenge(key: key, context: try context(), nonce: client.nonce, now: .seconds(5))
        let response = try client.respond(to: server.nonce, proof: server.proof, in: clientContext)
        #expect(server.deadline == .seconds(15))
        let error = #expect(throws: GroupKeyError.self) { try server.verify(response, now: .seconds(15)) }
        #expect(error?.code == .stale)
    }

    @Test("ids without letters or without end are refused, and fields do not run into each other")
    func fields() throws {
        for (server, client) in [("", "a"), ("a", ""), (String(repeating: "a", count: 129), "a")] {
            #expect(throws: GroupKeyError.self) { try context(server: server, client: client) }
        }
        let nonce = Nonce()
        let texts = try [("ab", "c"), ("a", "bc"), ("abc", "d")].map {
            try context(server: $0.0, client: $0.1).transcript(of: .server, client: nonce, server: nonce).bytes
        }
        #expect(Set(texts).count == 3)
    }

    @Test("nonces and proofs are 64 hexadecimal digits and nothing else")
    func digits() {
        let good = Nonce().text
        #expect(Nonce(good.uppercased())?.text == good && Proof(good)?.text == good)
        for bad in [
            "", "00", good + "0", String(good.dropLast()), String(repeating: "g", count: 64),
            String(repeating: "é", count: 32), String(good.dropLast()) + "\0",
        ] { #expect(Nonce(bad) == nil && Proof(bad) == nil) }
        #expect(Set((0..<100).map { _ in Nonce() }).count == 100)
    }
}
