import Mesh
import Signaling
import TestSupport
import Testing

/// A world of `MeshCore`s with simulated discovery, servers and links, driven by one seed and no clock.
struct MeshSimulation {
    struct Node {
        var core: MeshCore
        var isAlive = true
        var isServing = false
        var isAnnounced = false
        var isBrowsing = false
        /// Whose server each of the node's signaling attempts leads to.
        var server: (attempt: UInt64, node: Int)?
        /// The attempt not given up.
        var attempt: UInt64?
        var events: [MeshEvent] = []
        /// How many it has got.
        var inputs = 0
    }

    enum Happening {
        case input(Int, MeshInput)
        case register(Int, attempt: UInt64, url: String)
        case relay(from: Int, to: PeerID, SignalReceived)
        case openPair(Int, UInt64, Int, UInt64)
        /// Of a node that has got nothing since.
        case tick(Int, inputs: Int)
        case run(@Sendable (inout MeshSimulation) -> Void)
    }

    struct End: Hashable {
        var node: Int
        var link: UInt64
    }

    private(set) var now: Duration = .zero
    private(set) var nodes: [Node] = []
    private var queue: [(at: Duration, order: Int, Happening)] = []
    private var order = 0
    private var generator: SeededGenerator
    /// Both ends of each link that is up; `waiting` are offers and answers under way.
    private(set) var pairs: [End: End] = [:]
    private var live: Set<End> = []
    private(set) var linksOpened = 0
    private(set) var linksClosed = 0

    init(seed: UInt64) {
        generator = SeededGenerator(seed: seed)
    }

    // MARK: What a test does

    mutating func addNode(
        _ name: String, peerType: PeerType = .display, startedAt: UInt64, id: PeerID? = nil,
        signaling: MeshCore.Signaling = .elected
    ) -> Int {
        let id = id ?? randomID()
        let configuration = MeshCore.Configuration(
            id: id, peerType: peerType, displayName: name, startedAt: StartTime.earliest + startedAt,
            signaling: signaling)
        nodes.append(Node(core: MeshCore(configuration)))
        return nodes.count - 1
    }

    mutating func start(_ node: Int, after delay: Duration = .zero) {
        schedule(.input(node, .start), after: delay)
    }

    mutating func leave(_ node: Int, after delay: Duration = .zero) {
        schedule(.input(node, .leave), after: delay)
    }

    /// The process is gone without a word. Discovery notices when `discoveryNotices`; links do after half a minute, when
    /// consent expires.
    mutating func kill(_ node: Int, discoveryNotices: Bool = true) {
        nodes[node].isAlive = false
        nodes[node].isServing = false
        nodes[node].isAnnounced = false
        for (end, other) in pairs where end.node == node {
            schedule(
                .input(other.node, .linkClosed(id(node), link: other.link, reason: "consent")), after: .seconds(30))
        }
        if discoveryNotices { tellOthers(of: node, lost: true) }
        for other in nodes.indices where nodes[other].server?.node == node {
            dropFromServer(other, reason: "connection reset")
        }
        dropFromServer(node, reason: "")
    }

    mutating func cutServer(of node: Int) {
        for other in nodes.indices where nodes[other].server?.node == node {
            dropFromServer(other, reason: "connection reset")
        }
    }

    /// Several times what the longest test takes.
    private static let mostTurns = 100_000

    /// A link fails, and both ends see it.
    mutating func cutLink(_ left: Int, _ right: Int) {
        for (end, other) in pairs where end.node == left && other.node == right {
            close(end, telling: other)
            schedule(.input(end.node, .linkClosed(id(right), link: end.link, reason: "cut")), after: .milliseconds(1))
        }
    }

    mutating func flapService(of node: Int) {
        tellOthers(of: node, lost: true)
        tellOthers(of: node, lost: false, after: .milliseconds(400))
    }

    mutating func say(_ text: ChannelMessage, from node: Int) {
        for (peer, link) in nodes[node].core.openLinks {
            deliver(text, from: End(node: node, link: link), to: peer)
        }
    }

    mutating func later(_ delay: Duration, _ work: @escaping @Sendable (inout MeshSimulation) -> Void) {
        schedule(.run(work), after: delay)
    }

    /// Runs until nothing is due within `span`. A world in which something is due again and again without an end has a flaw,
    /// and stands still from then on.
    mutating func run(_ span: Duration) {
        let end = now + span
        var turns = 0
        while let index = queue.indices.min(by: { (queue[$0].at, queue[$0].order) < (queue[$1].at, queue[$1].order) }),
            queue[index].at <= end
        {
            let (at, _, happening) = queue.remove(at: index)
            now = max(now, at)
            turns += 1
            guard turns <= Self.mostTurns else {
                Issue.record("more than \(Self.mostTurns) turns within \(span)")
                queue = []
                break
            }
            happen(happening)
        }
        now = end
    }

    mutating func random(_ range: ClosedRange<Int>) -> Int {
        Int.random(in: range, using: &generator)
    }

    func id(_ node: Int) -> PeerID { nodes[node].core.configuration.id }

    func index(of id: PeerID) -> Int? { nodes.firstIndex { $0.core.configuration.id == id } }

    var alive: [Int] { nodes.indices.filter { nodes[$0].isAlive } }

    /// What is wrong with the mesh, in words; nil when everyone agrees and is connected to everyone.
    func flaw(leader expected: Int? = nil) -> String? {
        let leaders = Set(alive.map { nodes[$0].core.leaderStatus.leaderID })
        guard leaders.count == 1, let leader = leaders.first, let leader else { return "leaders: \(leaders)" }
        if let expected, leader != id(expected) { return "leader is \(leader), not node \(expected)" }
        for node in alive {
            let others = Set(alive.filter { $0 != node }.map(id))
            let connected = Set(nodes[node].core.peerList.filter(\.isConnected).map(\.id))
            if connected != others { return "node \(node) has \(connected.count) of \(others.count) peers" }
            for (peer, link) in nodes[node].core.openLinks {
                guard let other = pairs[End(node: node, link: link)], id(other.node) == peer,
                    nodes[other.node].core.openLinks.contains(where: { $0.link == other.link && $0.peer == id(node) })
                else { return "node \(node)'s link \(link) has no other end" }
            }
        }
        return nil
    }

    // MARK: The world

    private mutating func randomID() -> PeerID {
        let high = String(UInt64.random(in: (1 << 60)...UInt64.max, using: &generator), radix: 16)
        let low = String(UInt64.random(in: (1 << 60)...UInt64.max, using: &generator), radix: 16)
        let digits = Array(high + low)
        let text = [0..<8, 8..<12, 12..<16, 16..<20, 20..<32].map { String(digits[$0]) }.joined(separator: "-")
        return PeerID(text) ?? PeerID()
    }

    private mutating func schedule(_ happening: Happening, after delay: Duration) {
        order += 1
        queue.append((now + delay, order, happening))
    }

    private mutating func happen(_ happening: Happening) {
        switch happening {
        case .input(let node, let input): feed(node, input)
        case .register(let node, let attempt, let url): register(node, attempt: attempt, url: url)
        case .relay(let from, let to, let signal): relay(from: from, to: to, signal)
        case .openPair(let left, let leftLink, let right, let rightLink):
            let ends = (End(node: left, link: leftLink), End(node: right, link: rightLink))
            guard live.contains(ends.0), live.contains(ends.1), nodes[left].isAlive, nodes[right].isAlive
            else { return }
            pairs[ends.0] = ends.1
            pairs[ends.1] = ends.0
            linksOpened += 1
            feed(left, .linkOpened(id(right), link: leftLink))
            feed(right, .linkOpened(id(left), link: rightLink))
        case .tick(let node, let inputs): if nodes[node].inputs == inputs { feed(node, .tick) }
        case .run(let work): work(&self)
        }
    }

    private mutating func feed(_ node: Int, _ input: MeshInput) {
        guard nodes[node].isAlive else { return }
        let actions = nodes[node].core.handle(input, now: now)
        for action in actions { perform(action, by: node) }
        nodes[node].inputs += 1
        guard let deadline = nodes[node].core.nextDeadline(after: now) else { return }
        schedule(.tick(node, inputs: nodes[node].inputs), after: deadline - now)
    }

    private mutating func perform(_ action: MeshAction, by node: Int) {
        switch action {
        case .startServer:
            nodes[node].isServing = true
            schedule(.input(node, .serverStarted(port: port(node))), after: .milliseconds(1))
        case .stopServer:
            nodes[node].isServing = false
            cutServer(of: node)
        case .nameLeader: break
        case .browse:
            nodes[node].isBrowsing = true
            for other in alive where nodes[other].isAnnounced { tell(node, of: other, lost: false) }
        case .advertise:
            nodes[node].isAnnounced = true
            tellOthers(of: node, lost: false, after: .milliseconds(random(0...900)))
        case .stopDiscovery:
            nodes[node].isAnnounced = false
            tellOthers(of: node, lost: true)
        case .connectSignaling(let attempt, let urls):
            nodes[node].attempt = attempt
            schedule(
                .register(node, attempt: attempt, url: urls.first ?? ""), after: .milliseconds(random(2...30)))
        case .disconnectSignaling:
            nodes[node].attempt = nil
            leaveServer(node)
        case .probeServer(let peer, let urls):
            let target = nodes.indices.first { urls.first?.contains(":\(port($0))/") ?? false }
            let isReachable =
                target.map { nodes[$0].isServing && nodes[$0].isAlive && nodes[$0].server?.node == $0 }
                ?? false
            schedule(.input(node, .probed(peer, isReachable: isReachable)), after: .milliseconds(8))
        case .openLink(let peer, let link, _):
            live.insert(End(node: node, link: link))
            schedule(
                .relay(from: node, to: peer, .offer(from: id(node), sdp: "\(node) \(link)")), after: .milliseconds(3))
        case .acceptLink(let peer, let link, let offer, _):
            live.insert(End(node: node, link: link))
            schedule(
                .relay(from: node, to: peer, .answer(from: id(node), sdp: "\(offer) \(node) \(link)")),
                after: .milliseconds(3))
            schedule(.relay(from: node, to: peer, .candidate(from: id(node), nil)), after: .milliseconds(4))
        case .applyAnswer(_, let link, let sdp):
            let numbers = sdp.split(separator: " ").compactMap { Int($0) }
            guard numbers.count == 4, numbers[0] == node, UInt64(numbers[1]) == link else { return }
            schedule(
                .openPair(node, link, numbers[2], UInt64(numbers[3])), after: .milliseconds(random(5...40)))
        case .applyOffer, .addCandidate: break
        case .closeLink(_, let link):
            let end = End(node: node, link: link)
            live.remove(end)
            if let other = pairs[end] { close(end, telling: other) }
        case .send(let peer, let link, let message): deliver(message, from: End(node: node, link: link), to: peer)
        case .emit(let event): nodes[node].events.append(event)
        case .left:
            nodes[node].isAlive = false
            leaveServer(node)
        }
    }

    private mutating func close(_ end: End, telling other: End) {
        pairs[end] = nil
        pairs[other] = nil
        live.remove(end)
        live.remove(other)
        linksClosed += 1
        schedule(
            .input(other.node, .linkClosed(id(end.node), link: other.link, reason: "closed")), after: .milliseconds(9))
    }

    private mutating func deliver(_ message: ChannelMessage, from end: End, to peer: PeerID) {
        guard let other = pairs[end], id(other.node) == peer else { return }
        schedule(
            .input(other.node, .channelText(id(end.node), link: other.link, message.serialized())),
            after: .milliseconds(2))
    }

    // MARK: Discovery

    private func port(_ node: Int) -> UInt16 { UInt16(4000 + node) }

    private mutating func tellOthers(of node: Int, lost: Bool, after delay: Duration = .zero) {
        for other in nodes.indices where other != node && nodes[other].isBrowsing {
            tell(other, of: node, lost: lost, after: delay)
        }
    }

    private mutating func tell(_ observer: Int, of node: Int, lost: Bool, after delay: Duration = .zero) {
        let endpoint = ServerEndpoint(hosts: ["node"], port: port(node), isSameHost: true)
        let configuration = nodes[node].core.configuration
        let sighting = PeerSighting(
            id: configuration.id, displayName: configuration.displayName, peerType: configuration.peerType,
            startedAt: configuration.startedAt, endpoint: endpoint)
        let input: MeshInput =
            lost ? .serviceLost(name: "service \(node)") : .serviceSeen(name: "service \(node)", sighting)
        schedule(.input(observer, input), after: delay + .milliseconds(random(5...150)))
    }

    // MARK: Signaling

    private mutating func register(_ node: Int, attempt: UInt64, url: String) {
        guard nodes[node].attempt == attempt, nodes[node].isAlive else { return }
        let target = nodes.indices.first { url.contains(":\(port($0))/") }
        guard let target, nodes[target].isServing else {
            schedule(
                .input(node, .signalingLost(attempt: attempt, reason: "connection refused")), after: .milliseconds(5))
            return
        }
        nodes[node].server = (attempt, target)
        schedule(.input(node, .signalingConnected(attempt: attempt)), after: .milliseconds(1))
        announceList(of: target)
    }

    private mutating func announceList(of server: Int) {
        let clients = nodes.indices.filter { nodes[$0].server?.node == server && nodes[$0].isAlive }
        let list = clients.map { client in
            let configuration = nodes[client].core.configuration
            return ListedPeer(
                id: configuration.id, peerType: configuration.peerType, displayName: configuration.displayName,
                isConnected: true, isLeader: client == server)
        }
        for client in clients {
            guard let attempt = nodes[client].server?.attempt else { continue }
            schedule(.input(client, .signal(attempt: attempt, .peerList(list))), after: .milliseconds(2))
        }
    }

    private mutating func leaveServer(_ node: Int) {
        guard let server = nodes[node].server?.node else { return }
        nodes[node].server = nil
        announceList(of: server)
    }

    private mutating func dropFromServer(_ node: Int, reason: String) {
        guard let (attempt, _) = nodes[node].server else { return }
        schedule(.input(node, .signalingLost(attempt: attempt, reason: reason)), after: .milliseconds(3))
        leaveServer(node)
    }

    private mutating func relay(from: Int, to: PeerID, _ signal: SignalReceived) {
        guard nodes[from].isAlive, let (attempt, server) = nodes[from].server else { return }
        guard let target = index(of: to), nodes[target].isAlive, let client = nodes[target].server,
            client.node == server
        else {
            schedule(.input(from, .signal(attempt: attempt, .undeliverable(to: to))), after: .milliseconds(2))
            return
        }
        schedule(.input(target, .signal(attempt: client.attempt, signal)), after: .milliseconds(2))
    }
}
