import Mesh
import Signaling
import TestSupport
import Testing

@Suite("A mesh of cores in a simulated world")
struct MeshSimulationTests {
    @Test("nodes that start together agree on the earliest and connect to everyone", arguments: UInt64(1)...20)
    func convergence(seed: UInt64) {
        var world = MeshSimulation(seed: seed)
        let count = 2 + Int(seed % 7)
        for index in 0..<count {
            let node = world.addNode("n\(index)", startedAt: 1000 + UInt64(index))
            world.start(node, after: .milliseconds(world.random(0...500)))
        }
        world.run(.seconds(8))
        #expect(world.flaw(leader: 0) == nil)
    }

    @Test("a controller that comes late leads, and no data channel is disturbed by that", arguments: UInt64(1)...10)
    func lateController(seed: UInt64) {
        var world = MeshSimulation(seed: seed)
        for index in 0..<4 { world.start(world.addNode("d\(index)", startedAt: UInt64(index))) }
        world.run(.seconds(8))
        #expect(world.flaw(leader: 0) == nil)
        let closed = world.linksClosed
        let controller = world.addNode("c", peerType: .controller, startedAt: 99)
        world.start(controller)
        world.run(.seconds(8))
        #expect(world.flaw(leader: controller) == nil)
        #expect(world.linksClosed == closed)
    }

    @Test("when the leader is killed the others elect another and keep their channels", arguments: UInt64(1)...20)
    func leaderKilled(seed: UInt64) {
        var world = MeshSimulation(seed: seed)
        for index in 0..<5 { world.start(world.addNode("n\(index)", startedAt: UInt64(index))) }
        world.run(.seconds(8))
        #expect(world.flaw(leader: 0) == nil)
        let opened = world.linksOpened
        world.kill(0)
        world.run(.seconds(5))
        #expect(world.flaw(leader: 1) == nil)
        #expect(world.linksOpened == opened, "the survivors' channels stayed")
    }

    @Test("a leader that loses power, its announcement still cached, is passed over within seconds")
    func leaderWithoutPower() {
        var world = MeshSimulation(seed: 7)
        for index in 0..<4 { world.start(world.addNode("n\(index)", startedAt: UInt64(index))) }
        world.run(.seconds(8))
        world.kill(0, discoveryNotices: false)
        let before = world.nodes[2].events.count
        world.run(.seconds(600))
        let leaders = world.nodes[2].events[before...].filter { $0.name == "leader_changed" }
        #expect(leaders.count == 1, "and it does not become leader again by itself")
        #expect(world.alive.allSatisfy { world.nodes[$0].core.leaderStatus.leaderID == world.id(1) })
        for node in world.alive {
            #expect(world.nodes[node].core.peerList.filter(\.isConnected).count == 2)
        }
    }

    @Test("a node that leaves is gone at once, and what it said before arrives")
    func leaving() {
        var world = MeshSimulation(seed: 3)
        for index in 0..<3 { world.start(world.addNode("n\(index)", startedAt: UInt64(index))) }
        world.run(.seconds(8))
        world.say(.chat("last words"), from: 0)
        world.leave(0)
        world.run(.milliseconds(500))
        #expect(!world.nodes[0].isAlive)
        #expect(world.flaw(leader: 1) == nil)
        for node in [1, 2] {
            #expect(world.texts(at: node) == ["last words"])
        }
        #expect(world.nodes[0].events.last == .connectionStateChanged(.disconnected))
    }

    @Test("a cut link is made again")
    func cutLink() {
        var world = MeshSimulation(seed: 5)
        for index in 0..<3 { world.start(world.addNode("n\(index)", startedAt: UInt64(index))) }
        world.run(.seconds(8))
        world.cutLink(1, 2)
        world.run(.milliseconds(30))
        #expect(world.flaw() != nil)
        world.run(.seconds(3))
        #expect(world.flaw(leader: 0) == nil)
    }

    @Test("through random starts, deaths, cuts and flapping the mesh comes together again", arguments: UInt64(1)...60)
    func chaos(seed: UInt64) {
        var world = MeshSimulation(seed: seed)
        let count = 3 + Int(seed % 6)
        for index in 0..<count {
            let peerType: PeerType = world.random(0...3) == 0 ? .controller : .display
            let node = world.addNode("n\(index)", peerType: peerType, startedAt: UInt64(world.random(0...5)))
            world.start(node, after: .milliseconds(world.random(0...4000)))
        }
        for _ in 0..<25 {
            world.run(.milliseconds(world.random(0...1500)))
            let alive = world.alive
            let node = alive[world.random(0...(alive.count - 1))]
            let other = alive[world.random(0...(alive.count - 1))]
            switch world.random(0...9) {
            case 0 where alive.count > 2: world.kill(node)
            case 1 where alive.count > 2: world.leave(node)
            case 2, 3: world.flapService(of: node)
            case 4, 5: world.cutServer(of: node)
            case 6, 7: world.cutLink(node, other)
            default: world.say(.chat("hello"), from: node)
            }
        }
        world.run(.seconds(60))
        let best = world.alive.max { world.isWorse($0, $1) }
        #expect(world.flaw(leader: best) == nil, "seed \(seed)")
    }

    @Test("with a given server nodes find each other through it and elect by their greetings")
    func givenServer() {
        var world = MeshSimulation(seed: 11)
        let server = world.addNode("server", startedAt: 0)
        world.start(server)
        world.run(.seconds(2))
        for index in 1..<4 {
            world.start(
                world.addNode(
                    "n\(index)", startedAt: UInt64(index), signaling: .given(url: "ws://node:4000/ws")))
        }
        world.run(.seconds(4))
        #expect(world.flaw(leader: server) == nil, "the list of a leader's server names the leader")
    }
}

extension MeshSimulation {
    func texts(at node: Int) -> [String] {
        nodes[node].events.compactMap { if case .message(let message) = $0 { message.text } else { nil } }
    }

    /// Orders nodes as Docs/Mesh.md does, written down once more.
    func isWorse(_ left: Int, _ right: Int) -> Bool {
        let (left, right) = (nodes[left].core.configuration, nodes[right].core.configuration)
        if left.peerType != right.peerType { return right.peerType == .controller }
        if left.startedAt != right.startedAt { return left.startedAt > right.startedAt }
        return left.id < right.id
    }
}
