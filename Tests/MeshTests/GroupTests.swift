import GroupKeys
import InMemoryLogging
import JSEP
import Logging
import Signaling
import TestSupport
import Testing

@testable import Mesh

@Suite("Groups with a key", .serialized, .timeLimit(.minutes(2)))
struct GroupTests {
    private let key = GroupKey()
    private let link = InMemoryDiscovery.Link()

    private func node(
        _ name: String, _ key: GroupKey?, on link: InMemoryDiscovery.Link? = nil, peerType: PeerType = .display,
        passphrase: String? = nil
    ) -> MeshNode {
        MeshNode(
            MeshConfiguration(
                displayName: name, peerType: peerType, groupKey: key, groupPassphrase: passphrase, port: 0),
            discovery: InMemoryDiscovery(link ?? self.link))
    }

    @Test("nodes with one key find each other, elect, talk, and keep nobody out")
    func members() async throws {
        let nodes = [node("a", key), node("b", key), node("c", key, peerType: .controller)]
        let watches = nodes.map { Watch($0.events) }
        for node in nodes { try await node.start() }
        for watch in watches { try await watch.waits { $0.connected == 2 && $0.leader?.leaderID == nodes[2].id } }
        try await nodes[0].send("among us")
        try await watches[1].waits { $0.texts == ["a: among us"] }
        await nodes[2].stop()
        for watch in watches.prefix(2) { try await watch.waits { $0.connected == 1 && $0.leader?.leaderID != nil } }
        for node in nodes {
            #expect(await node.stats().keptOut == 0)
            await node.stop()
        }
        #expect(watches.flatMap(\.seen.notices).isEmpty)
    }

    @Test("an answer to an offer that was given up is late, and no lie")
    func lateAnswer() throws {
        let (a, b) = (PeerID(), PeerID())
        var (ours, theirs) = (LinkGuard(key: key, own: a), LinkGuard(key: key, own: b))
        func description(_ type: SessionDescription.Kind, _ sdp: String) -> SignalingPayload {
            .description(SessionDescription(type: type, sdp: sdp))
        }
        let first = ours.seal(description(.offer, "first"), to: b)
        #expect(theirs.judge(.offer(from: a, sdp: "first"), first) == .believed)
        let answer = theirs.seal(description(.answer, "answer"), to: a)
        let second = ours.seal(description(.offer, "second"), to: b)
        #expect(ours.judge(.answer(from: b, sdp: "answer"), answer) == .late)
        #expect(theirs.judge(.offer(from: a, sdp: "second"), second) == .believed)
        let right = theirs.seal(description(.answer, "answer"), to: a)
        #expect(ours.judge(.answer(from: b, sdp: "answer"), right) == .believed)
        for _ in 0..<4 { _ = ours.seal(description(.offer, "more"), to: b) }
        guard case .refused = ours.judge(.answer(from: b, sdp: "answer"), right) else {
            Issue.record("an answer to an offer of long ago")
            return
        }
        #expect(
            theirs.judge(.candidate(from: a, nil), nil) == .believed && theirs.judge(.peerList([]), nil) == .believed)
    }

    @Test("without a key the log says what is open; with one it names who was kept out, and never the key")
    func log() async throws {
        let recorded = InMemoryLogHandler()
        let logger = Logger(label: "test") { [recorded] _ in recorded }
        func node(_ name: String, _ key: GroupKey?) -> MeshNode {
            MeshNode(
                MeshConfiguration(
                    displayName: name, groupKey: key, groupPassphrase: key.map { _ in "correct horse" }, port: 0,
                    logger: logger), discovery: InMemoryDiscovery(link))
        }
        let open = node("open", nil)
        let watch = Watch(open.events)
        try await open.start()
        try await watch.waits { $0.leader?.amILeader == true }
        #expect(recorded.entries.contains { $0.level == .warning && $0.message.description.contains("has no key") })
        recorded.clear()
        let member = node("member", key)
        let memberWatch = Watch(member.events)
        try await member.start()
        try await memberWatch.waits { $0.leader?.amILeader == true }
        for node in [member, open] { await node.stop() }
        let whole = recorded.entries.map { "\($0.message) \($0.metadata)" }.joined(separator: "\n")
        #expect(!whole.contains("has no key") && whole.contains("is of another group, or of none"))
        #expect(!whole.contains(key.words) && !whole.contains(key.text) && !whole.contains("correct horse"))
        #expect(!"\(member.configuration)".contains("correct horse") && !"\(member.configuration)".contains(key.words))
    }

    @Test("nodes of another group, and of none, are not seen and do not see", arguments: [nil, GroupKey()])
    func others(theirs: GroupKey?) async throws {
        let members = [node("a", key), node("b", key)]
        let strangers = [node("x", theirs, peerType: .controller), node("y", theirs)]
        let watches = (members + strangers).map { Watch($0.events) }
        for node in strangers + members { try await node.start() }
        for watch in watches { try await watch.waits { $0.connected == 1 } }
        try await strangers[0].send("to all")
        try await watches[3].waits { $0.texts == ["x: to all"] }
        try await members[0].send("among us")
        try await watches[1].waits { $0.texts == ["a: among us"] }
        for (node, other) in [(members[0], members[1]), (members[1], members[0])] {
            #expect(await node.peers.map(\.id) == [other.id])
            #expect(await node.leaderStatus.leaderID != strangers[0].id)
            #expect(await node.stats().keptOut >= 2)
        }
        for node in members + strangers { await node.stop() }
    }

    @Test("who comes to a member's server without the key is not let in, and that is said")
    func stranger() async throws {
        let leader = node("leader", key)
        let watch = Watch(leader.events)
        try await leader.start()
        try await watch.waits { $0.leader?.amILeader == true && $0.port != nil }
        let url = "ws://127.0.0.1:\(try #require(watch.seen.port))/ws"

        let old = try await SignalingClient.connect(to: url)
        try await old.register(Registration(peerID: PeerID().text, peerType: .controller, displayName: "old"))
        for try await message in old.messages {
            guard case .error(let error) = message else { break }
            #expect(error.code == ErrorMessage.Code.notRegistered && error.message.contains("has a key"))
            break
        }
        await old.close()

        let own = PeerID()
        for proof in [String(repeating: "0", count: 64), "0", ""] {
            let client = try await DialectClient<NodeDialect>.connect(to: url)
            let challenge = SignalingMessage(type: "challenge", ["peer_id": own.text, "nonce": Nonce().text])
            try await client.send(.challenge(challenge))
            try await client.send(.response(SignalingMessage(type: "response", ["proof": proof])))
            var codes: [String] = []
            do {
                for try await message in client.messages {
                    if case .mesh(.error(let error), _) = message { codes.append(error.code) }
                    if case .mesh(.peerList, _) = message { Issue.record("a stranger sees who is there") }
                }
            } catch {
                #expect(error.closeCode == 1008)
            }
            #expect(codes == [ErrorMessage.Code.unauthorized])
        }
        try await watch.waits {
            $0.notices == ["somebody at 127.0.0.1 came without the group's key, and was not let in"]
        }
        try await waitUntil { await leader.stats().keptOut == 4 }

        // Who has the key registers with the id that it has proven, and no other.
        let member = try await DialectClient<NodeDialect>.connect(to: url)
        try await GroupEntrance(key: key, server: leader.id, own: own).pass(member)
        try await member.introduce(
            NodeDialect(registration: Registration(peerID: PeerID().text, peerType: .display, displayName: "other")))
        try await member.introduce(
            NodeDialect(registration: Registration(peerID: own.text, peerType: .display, displayName: "own")))
        var said: [String] = []
        for try await message in member.messages {
            guard case .mesh(let message, _) = message else { continue }
            said.append(message.type)
            if case .peerList(let peers) = message, peers.contains(where: { $0.displayName == "own" }) { break }
        }
        #expect(said.first == "error")
        await member.close()
        await leader.stop()
    }

    @Test(
        "a leader of another group, or of none, that announces this one's hash gets nobody",
        arguments: [nil, GroupKey()])
    func falseLeader(theirs: GroupKey?) async throws {
        let elsewhere = InMemoryDiscovery.Link()
        let liar = node("liar", theirs, on: elsewhere, peerType: .controller)
        let liarWatch = Watch(liar.events)
        try await liar.start()
        try await liarWatch.waits { $0.leader?.amILeader == true && $0.port != nil }
        let record = PeerSighting(
            id: liar.id, displayName: "liar", peerType: .controller, startedAt: StartTime.earliest,
            endpoint: ServerEndpoint(hosts: [], port: 0, isSameHost: true))
        link.announce(
            "liar",
            .init(
                port: try #require(liarWatch.seen.port),
                txt: record.txt.merging(["group": key.advertisement]) { $1 }))
        let members = [node("a", key), node("b", key)]
        let watches = members.map { Watch($0.events) }
        for node in members { try await node.start() }
        for watch in watches {
            try await watch.waits { $0.connected == 1 && $0.leader?.leaderID != nil && $0.leader?.leaderID != liar.id }
            try await watch.waits { $0.notices.contains { $0.contains("is not let lead") } }
        }
        try await members[0].send("among us")
        try await watches[1].waits { $0.texts == ["a: among us"] }
        #expect(await liar.peers.isEmpty && liarWatch.seen.texts.isEmpty)
        for node in members + [liar] { await node.stop() }
    }

    @Test("who stands between a node and the leader, and repeats what both say, is found out")
    func relay() async throws {
        let leader = node("leader", key)
        let watch = Watch(leader.events)
        try await leader.start()
        try await watch.waits { $0.leader?.amILeader == true && $0.port != nil }
        let relay = try await TestProxy(to: Int(try #require(watch.seen.port)))
        let client = try await DialectClient<NodeDialect>.connect(to: "ws://127.0.0.1:\(relay.port)/ws")
        let error = await #expect(throws: MeshError.self) {
            try await GroupEntrance(key: key, server: leader.id, own: PeerID()).pass(client)
        }
        #expect(error?.code == .notOfGroup)
        await client.close()
        // And a server that is another member's than was meant.
        let direct = try await DialectClient<NodeDialect>.connect(
            to: "ws://127.0.0.1:\(try #require(watch.seen.port))/ws")
        await #expect(throws: MeshError.self) {
            try await GroupEntrance(key: key, server: PeerID(), own: PeerID()).pass(direct)
        }
        await direct.close()
        await leader.stop()
    }

    @Test(
        "a server that changes what it carries brings no link about, and that is said",
        arguments: LyingMesh.Lie.allCases)
    func lyingServer(lie: LyingMesh.Lie) async throws {
        let server = SignalingServer(
            configuration: SignalingServerConfiguration(host: "127.0.0.1", port: 0, dialects: [LyingMesh(lie)]))
        let url = "ws://127.0.0.1:\(try await server.start())/ws"
        let nodes = ["a", "b"].map {
            MeshNode(MeshConfiguration(displayName: $0, groupKey: key, signalingURL: url))
        }.sorted { $0.id < $1.id }
        let watches = nodes.map { Watch($0.events) }
        for node in nodes { try await node.start() }
        // The one with the larger id offers.
        let victim = lie == .answersFingerprint ? 1 : 0
        let reason =
            switch lie {
            case .offersFingerprint, .swapsNumbers: "an offer whose proof is wrong"
            case .answersFingerprint: "an answer whose proof is wrong"
            case .leavesOutProofs: "an offer without a proof"
            case .repeatsOffers: "an offer that came before"
            }
        try await watches[victim].waits { $0.notices.contains { $0.contains(reason) } }
        #expect(await nodes[victim].stats().keptOut > 0)
        if lie == .repeatsOffers {
            // The first of them was good.
            for watch in watches { try await watch.waits { $0.connected == 1 } }
        } else {
            for node in nodes { #expect(await node.connectedPeers.isEmpty) }
        }
        for node in nodes { await node.stop() }
        await server.stop()
    }

    @Test("over a given server, which has no key, members connect and a stranger gets nobody")
    func givenServer() async throws {
        let server = SignalingServer(configuration: SignalingServerConfiguration(host: "127.0.0.1", port: 0))
        let url = "ws://127.0.0.1:\(try await server.start())/ws"
        let nodes = [key, key, nil].enumerated().map { number, key in
            MeshNode(MeshConfiguration(displayName: "\(number)", groupKey: key, signalingURL: url))
        }
        let watches = nodes.map { Watch($0.events) }
        for node in nodes.reversed() { try await node.start() }
        for watch in watches.prefix(2) { try await watch.waits { $0.connected == 1 } }
        try await nodes[0].send("among us")
        try await watches[1].waits { $0.texts == ["0: among us"] }
        #expect(watches[2].seen.texts.isEmpty && watches[2].seen.connected == 0)
        for node in nodes { await node.stop() }
        await server.stop()
    }

    @Test("who knows the passphrase gets the key from a member; who does not is told of, and gets a few tries")
    func passphrase() async throws {
        let member = node("member", key, passphrase: "correct horse")
        let watch = Watch(member.events)
        try await member.start()
        try await watch.waits { $0.leader?.amILeader == true }
        func join(_ passphrase: String, group: String? = nil) async -> Result<GroupKey, MeshError> {
            do throws(MeshError) {
                return .success(
                    try await GroupJoin(
                        passphrase: passphrase, discovery: InMemoryDiscovery(link), group: group,
                        timeout: .seconds(5), listening: .milliseconds(100)
                    ).key())
            } catch {
                return .failure(error)
            }
        }
        #expect(try await join("correct horse").get() == key)
        for _ in 0..<5 {
            guard case .failure(let error) = await join("wrong") else {
                Issue.record("a wrong passphrase was taken")
                return
            }
            #expect(error.code == .notOfGroup && error.message.contains("does not know the group's passphrase"))
        }
        try await watch.waits { $0.notices == ["somebody at 127.0.0.1 tried the group's passphrase in vain"] }
        guard case .failure(let error) = await join("correct horse") else {
            Issue.record("more tries than there are were taken")
            return
        }
        #expect(error.message.contains("too often"))
        // Of two groups none is told a guess.
        let other = node("other", GroupKey(), passphrase: "x")
        let otherWatch = Watch(other.events)
        try await other.start()
        try await otherWatch.waits { $0.leader?.amILeader == true }
        guard case .failure(let several) = await join("correct horse") else {
            Issue.record("one of two groups was tried")
            return
        }
        #expect(several.message.contains("several groups"))
        await other.stop()
        await member.stop()
    }

    @Test("a member's server can be the given one of a member, and of nobody else")
    func givenMember() async throws {
        let leader = node("leader", key)
        let watch = Watch(leader.events)
        try await leader.start()
        try await watch.waits { $0.leader?.amILeader == true && $0.port != nil }
        let url = "ws://127.0.0.1:\(try #require(watch.seen.port))/ws"
        let guest = MeshNode(MeshConfiguration(displayName: "guest", groupKey: key, signalingURL: url))
        let other = MeshNode(MeshConfiguration(displayName: "other", groupKey: GroupKey(), signalingURL: url))
        let watches = [guest, other].map { Watch($0.events) }
        for node in [other, guest] { try await node.start() }
        try await watches[0].waits { $0.connected == 1 }
        try await watches[1].waits { $0.notices.contains { $0.contains("is not let lead") } }
        #expect(await other.peers.isEmpty)
        for node in [guest, other, leader] { await node.stop() }
    }

    @Test("a passphrase without a key, or without end, is no configuration")
    func configuration() {
        for configuration in [
            MeshConfiguration(displayName: "a", groupPassphrase: "x"),
            MeshConfiguration(displayName: "a", groupKey: key, groupPassphrase: ""),
            MeshConfiguration(displayName: "a", groupKey: key, groupPassphrase: String(repeating: "x", count: 1025)),
        ] {
            let error = #expect(throws: MeshError.self) { try configuration.validate() }
            #expect(error?.code == .invalidConfiguration)
        }
    }
}
