import StrictJSON
import TestSupport
import Testing

@testable import Signaling

@Suite struct `Servers of one cluster` {
    private func join(_ peer: String, _ room: String = "r") -> SignalingMessage {
        SignalingMessage(type: "join", ["peerId": peer, "room": room])
    }

    private func types(_ messages: [SignalingMessage?]) -> [String] { messages.map { $0?.type ?? "closed" } }

    private func rooms(_ world: ClusterWorld, at node: Int) -> [String: Set<String>] {
        for case let dialect as RoomDialect in world.cores[node].dialects {
            return dialect.rooms.mapValues { Set($0.keys) }
        }
        return [:]
    }

    @Test func `a room spans them, and a message arrives once, at its target alone`() throws {
        var world = ClusterWorld(3)
        world.repeatsAll = true
        let (ann, bob, eve) = (world.connectSocket(to: 0), world.connectSocket(to: 1), world.connectSocket(to: 2))
        world.say(join("ann"), ann)
        world.run()
        world.say(join("bob"), bob)
        world.run()
        world.say(join("eve", "another"), eve)
        world.run()
        #expect(types(world.take(ann)) == ["peer-list", "peer-joined"])
        let list = world.take(bob)
        #expect(list.first??.value("peers") == .array([.string("ann")]))
        #expect(types(world.take(eve)) == ["peer-list"])
        world.say(SignalingMessage(type: "offer", ["from": "bob", "to": "ann", "sdp": "v=0"]), bob)
        world.run()
        let offers = world.take(ann)
        #expect(offers.map { $0?["from"] } == ["bob"])
        #expect(world.take(eve).isEmpty && world.take(bob).isEmpty)
        world.close(bob)
        world.run()
        #expect(types(world.take(ann)) == ["peer-left"])
        world.say(SignalingMessage(type: "offer", ["from": "ann", "to": "bob", "sdp": "v=0"]), ann)
        world.run()
        #expect(types(world.take(ann)) == ["error"])
    }

    @Test func `the mesh is one list, and a peer that registers anew is seen by all`() throws {
        var world = ClusterWorld(2)
        let (ann, bob) = (world.connectSocket(to: 0), world.connectSocket(to: 1))
        let (one, two) = ("6f0c0000-0000-4000-8000-000000000001", "6f0c0000-0000-4000-8000-000000000002")
        world.say(MeshMessage.register(.init(peerID: one, peerType: .controller, displayName: "Desk")).message, ann)
        world.run()
        world.say(MeshMessage.register(.init(peerID: two, peerType: .display, displayName: "Wall")).message, bob)
        world.run()
        world.say(MeshMessage.register(.init(peerID: two, peerType: .display, displayName: "Floor")).message, bob)
        world.run()
        let last = try #require(world.take(ann).last ?? nil)
        var peers: [JSONValue] = []
        if case .array(let values)? = last.value("peers") { peers = values }
        #expect(peers.compactMap { $0["display_name"]?.text } == ["Desk", "Floor"])
    }

    @Test func `of two who take a name at once the earlier one stays, at every server`() {
        var world = ClusterWorld(3)
        let (first, second) = (world.connectSocket(to: 1), world.connectSocket(to: 0))
        world.say(join("ann"), first)
        world.now += .milliseconds(1)
        world.say(join("ann"), second)
        world.run()
        #expect(types(world.take(first)) == ["peer-list"])
        #expect(types(world.take(second)) == ["peer-list", "error", "closed"])
        for node in 0..<3 { #expect(rooms(world, at: node) == ["r": ["ann"]]) }
        let third = world.connectSocket(to: 2)
        world.say(join("ann"), third)
        world.run()
        #expect(types(world.take(third)) == ["error", "closed"])
    }

    @Test func `a call rings at all servers, one device has it, and what is said of it finds its way`() {
        var world = ClusterWorld(3)
        let ann = world.connectSocket(to: 0, user: "ann")
        let (phone, desk) = (world.connectSocket(to: 1, user: "bob"), world.connectSocket(to: 2, user: "bob"))
        world.run()
        func call(_ type: String, _ to: String) -> SignalingMessage {
            SignalingMessage(type: type, ["recipientId": to, "callId": "c", "sdp": "v=0"])
        }
        world.say(call("call-offer", "bob"), ann)
        world.run()
        #expect(types(world.take(phone)) == ["call-offer"])
        #expect(types(world.take(desk)) == ["call-offer"])
        // Both at once: the server of the call says who is first.
        world.say(call("call-accept", "ann"), desk)
        world.say(call("call-accept", "ann"), phone)
        world.run()
        #expect(types(world.take(ann)) == ["call-accept"])
        let (one, other) = (world.take(desk), world.take(phone))
        #expect(one.isEmpty)
        #expect(types(other).first == "call-hangup")
        #expect(other.allSatisfy { $0?["reason"] == "answered-elsewhere" })
        world.say(call("call-answer", "ann"), desk)
        world.say(call("call-ice-candidate", "bob"), ann)
        world.run()
        #expect(types(world.take(ann)) == ["call-answer"])
        #expect(types(world.take(desk)) == ["call-ice-candidate"])
        #expect(world.take(phone).isEmpty)
        world.say(call("call-hangup", "ann"), desk)
        world.run()
        #expect(types(world.take(ann)) == ["call-hangup"])
    }

    @Test func `who rings hears that nobody is there when the last server with a device dies`() {
        var world = ClusterWorld(2)
        let ann = world.connectSocket(to: 0, user: "ann")
        _ = world.connectSocket(to: 1, user: "bob")
        world.run()
        world.say(
            SignalingMessage(type: "call-offer", ["recipientId": "bob", "callId": "c", "sdp": "v=0"]), ann)
        world.run()
        world.restart(1)
        world.run()
        let news = world.take(ann)
        #expect(news.map { $0?["code"] } == ["recipient-offline"])
    }

    @Test func `a place goes along to another server with what was kept for it, and nobody notices`() throws {
        var world = ClusterWorld(3)
        let (ann, bob) = (world.connectSocket(to: 0), world.connectSocket(to: 1))
        world.say(join("ann"), ann)
        world.run()
        world.say(join("bob"), bob)
        world.run()
        let welcome = try #require(world.take(ann).first ?? nil)
        let resume = try #require(welcome["resume"])
        world.lose(ann)
        world.run()
        #expect(types(world.take(bob)) == ["peer-list", "peer-left"])
        world.say(SignalingMessage(type: "offer", ["from": "bob", "to": "ann", "sdp": "kept"]), bob)
        world.run()
        let back = world.connectSocket(to: 2)
        var again = join("ann")
        again["resume"] = resume
        world.say(again, back)
        world.run()
        let news = world.take(back)
        #expect(types(news) == ["peer-list", "offer"])
        #expect(news.last??["sdp"] == "kept")
        #expect(types(world.take(bob)) == ["peer-joined"])
        world.say(SignalingMessage(type: "answer", ["from": "ann", "to": "bob", "sdp": "v=0"]), back)
        world.run()
        #expect(types(world.take(bob)) == ["answer"])
        for node in 0..<3 { #expect(rooms(world, at: node) == ["r": ["ann", "bob"]]) }
    }

    @Test func `without the others a server goes on, and says what cannot be delivered`() {
        var world = ClusterWorld(2)
        let (ann, bob, eve) = (world.connectSocket(to: 0), world.connectSocket(to: 1), world.connectSocket(to: 0))
        world.say(join("ann"), ann)
        world.say(join("eve"), eve)
        world.run()
        world.say(join("bob"), bob)
        world.run()
        world.cut(0)
        world.cut(1)
        for _ in 0..<15 { world.pass(.seconds(2)) }
        for socket in [ann, bob, eve] { _ = world.take(socket) }
        world.say(SignalingMessage(type: "offer", ["from": "ann", "to": "bob", "sdp": "v=0"]), ann)
        world.say(SignalingMessage(type: "offer", ["from": "ann", "to": "eve", "sdp": "v=0"]), ann)
        #expect(world.take(ann).map { $0?["code"] } == ["recipient-offline"])
        #expect(types(world.take(eve)) == ["offer"])
        world.close(bob)
        world.connect(0)
        world.connect(1)
        world.run()
        #expect(types(world.take(ann)) == ["peer-left"])
    }

    @Test func `who said what may not have arrived is told, and nobody else`() throws {
        var world = ClusterWorld(2)
        let (ann, bob) = (world.connectSocket(to: 0), world.connectSocket(to: 1))
        world.say(join("A"), ann)
        world.say(join("B"), bob)
        world.run()
        let cluster = try #require(world.cores[0].cluster)
        let offer = SignalingMessage(type: "offer", ["from": "A", "to": "B", "sdp": "o"]).bytes
        let frame = ClusterFrame.deliver(.init(targets: [bob.id], sender: ann.id, about: nil, bytes: offer))
        func told(_ node: String, _ epoch: UInt64) throws -> [SignalingMessage] {
            let envelope = ClusterEnvelope(node: node, epoch: epoch, isForAll: false, number: 1, frame: frame)
            return try world.cores[0].undelivered(envelope: envelope.bytes).compactMap { output in
                guard case .send(ann.id, let bytes) = output else { return nil }
                return try SignalingMessage(parsing: bytes)
            }
        }
        let errors = try told("n0", cluster.epoch)
        #expect(errors.map { $0["code"] } == ["recipient-offline"] && errors.first?["to"] == "B")
        #expect(try told("n1", cluster.epoch).isEmpty && told("n0", cluster.epoch + 1).isEmpty)
        #expect(world.cores[0].undelivered(envelope: [1, 2, 3]).isEmpty)
    }

    @Test func `a server that is silent is gone, with its sockets alone`() {
        var world = ClusterWorld(3)
        let sockets = (0..<3).map { world.connectSocket(to: $0) }
        for (node, socket) in sockets.enumerated() {
            world.say(join("p\(node)"), socket)
            world.run()
        }
        world.cut(2)
        for _ in 0..<5 { world.pass(.seconds(2)) }
        for node in 0..<2 { #expect(rooms(world, at: node) == ["r": ["p0", "p1"]]) }
        world.connect(2)
        world.run()
        for node in 0..<3 { #expect(rooms(world, at: node) == ["r": ["p0", "p1", "p2"]]) }
    }

    @Test(arguments: 0..<100)
    func `after any history all servers know the same`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var world = ClusterWorld(3)
        var sockets: [(socket: ClusterWorld.Socket, peer: String, resume: String?)] = []
        for _ in 0..<120 {
            switch Int.random(in: 0..<12, using: &random) {
            case 0..<4:
                let peer = "p\(Int.random(in: 0..<6, using: &random))"
                let socket = world.connectSocket(to: Int.random(in: 0..<3, using: &random))
                var message = join(peer, "r\(Int.random(in: 0..<2, using: &random))")
                if Bool.random(using: &random) { message["resume"] = sockets.last { $0.peer == peer }?.resume }
                world.say(message, socket)
                let resume = world.heard[socket]?.compactMap { $0?["resume"] }.last
                sockets.append((socket, peer, resume))
            case 4: if let one = sockets.randomElement(using: &random) { world.close(one.socket) }
            case 5: if let one = sockets.randomElement(using: &random) { world.lose(one.socket) }
            case 6: world.cut(Int.random(in: 0..<3, using: &random))
            case 7: world.connect(Int.random(in: 0..<3, using: &random))
            case 8: world.restart(Int.random(in: 0..<3, using: &random))
            case 9: world.pass(.seconds(Int.random(in: 1..<8, using: &random)))
            default: world.run()
            }
        }
        for node in 0..<3 { world.connect(node) }
        for _ in 0..<20 { world.pass(.seconds(2)) }
        let known = (0..<3).map { rooms(world, at: $0) }
        #expect(known[0] == known[1] && known[1] == known[2], "\(known) \(world.story)")
        for node in 0..<3 {
            let core = world.cores[node]
            #expect(core.keptBytes == 0 && core.away.isEmpty)
            let local = core.sockets.keys.filter { core.cluster?.remotes[$0] == nil }
            for id in local where core.sockets[id]?.isRegistered == true {
                #expect(core.dialects.contains { $0.presence(of: id) != nil })
            }
        }
    }
}
