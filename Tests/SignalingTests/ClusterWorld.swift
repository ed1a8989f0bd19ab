@testable import Signaling

/// Servers of one cluster without sockets and Redis: what one says reaches the others in its order,
/// when the test lets it.
struct ClusterWorld {
    struct Socket: Hashable {
        var node: Int
        var id: SignalingSocketID
    }

    private(set) var cores: [SignalingServerCore] = []
    /// What each socket was sent, and `nil` where it was closed.
    private(set) var heard: [Socket: [SignalingMessage?]] = [:]
    /// The connection that has a place, where it was moved to it.
    private var places: [Socket: SignalingSocketID] = [:]
    private var bus: [(from: Int, to: String?, bytes: [UInt8])] = []
    private var lastID: SignalingSocketID = 0
    private var isCut: Set<Int> = []
    var now = Duration.seconds(1)
    /// What is put on the bus is put there twice.
    var repeatsAll = false

    /// Who is where, for whoever looks into a failure.
    var story: String {
        cores.map { core in
            core.sockets.keys.sorted().map { id in
                let place = core.cluster?.remotes[id].map { "\($0.node)/\($0.id), away: \($0.isAway)" } ?? "here"
                let names = core.dialects.compactMap {
                    $0.presence(of: id).map { String(decoding: $0.bytes, as: UTF8.self) }
                }
                return "\(id): \(place), kept: \(core.sockets[id]?.mailbox != nil) \(names)"
            }.joined(separator: "; ")
        }.joined(separator: " -- ")
    }

    init(_ count: Int) {
        for node in 0..<count { cores.append(Self.core(node, now: now)) }
        for node in 0..<count { connect(node) }
        run()
    }

    private static func core(_ node: Int, now: Duration) -> SignalingServerCore {
        var core = SignalingServerCore(takesTokens: true)
        core.cluster = Cluster(
            name: "n\(node)", wallClock: UInt64(now.clampedNanoseconds) + 1_000, now: now, firstAlias: 1 << 62)
        return core
    }

    // MARK: The bus

    /// The bus is there for a node.
    mutating func connect(_ node: Int) {
        isCut.remove(node)
        perform(cores[node].clusterConnected(now: now), at: node)
    }

    /// The bus is lost for a node, with what was under way to it.
    mutating func cut(_ node: Int) {
        isCut.insert(node)
        cores[node].clusterLost()
    }

    /// A process dies, and another one with its name begins.
    mutating func restart(_ node: Int) {
        now += .seconds(1)
        bus.removeAll { $0.from == node }
        places = places.filter { $0.key.node != node }
        cores[node] = Self.core(node, now: now)
        connect(node)
    }

    /// All that is said arrives, and what follows from it.
    mutating func run() {
        while !bus.isEmpty {
            let next = bus.removeFirst()
            for node in cores.indices where node != next.from && !isCut.contains(node) {
                guard next.to == nil || next.to == "n\(node)" else { continue }
                perform(cores[node].heard(next.bytes, now: now), at: node)
            }
        }
    }

    /// Time passes, and each node ticks; then all arrives.
    mutating func pass(_ time: Duration) {
        now += time
        for node in cores.indices {
            for id in cores[node].sockets.keys where cores[node].cluster?.remotes[id] == nil {
                cores[node].alive(id, now: now)
            }
        }
        for node in cores.indices { perform(cores[node].tick(now: now), at: node) }
        run()
    }

    // MARK: Sockets

    mutating func connectSocket(to node: Int, user: String? = nil) -> Socket {
        lastID += 1
        let socket = Socket(node: node, id: lastID)
        heard[socket] = []
        let identity = user.map { TokenIdentity(subject: $0) }
        perform(cores[node].connected(socket.id, identity: identity, now: now), at: node)
        return socket
    }

    mutating func say(_ message: SignalingMessage, _ socket: Socket) {
        perform(cores[socket.node].received(message.bytes, from: place(of: socket), now: now), at: socket.node)
    }

    mutating func close(_ socket: Socket) {
        perform(cores[socket.node].closed(place(of: socket), now: now), at: socket.node)
    }

    mutating func lose(_ socket: Socket) {
        perform(cores[socket.node].lost(place(of: socket), now: now), at: socket.node)
    }

    /// What a socket has been sent since the last time.
    mutating func take(_ socket: Socket) -> [SignalingMessage?] {
        defer { heard[socket] = [] }
        return heard[socket] ?? []
    }

    private func place(of socket: Socket) -> SignalingSocketID {
        places.first { $0.key.node == socket.node && $0.value == socket.id }?.key.id ?? socket.id
    }

    private mutating func perform(_ outputs: [SignalingServerCore.Output], at node: Int) {
        for output in outputs {
            switch output {
            case .send(let id, let bytes):
                let to = places[.init(node: node, id: id)] ?? id
                heard[.init(node: node, id: to), default: []].append(try? SignalingMessage(parsing: bytes))
            case .list(let id):
                guard let list = cores[node].sockets[id]?.dialect.flatMap({ cores[node].dialects[$0].list }) else {
                    break
                }
                heard[.init(node: node, id: id), default: []].append(list)
            case .close(let id, _, _), .cut(let id): heard[.init(node: node, id: id), default: []].append(nil)
            case .rebind(let id, let from): places[.init(node: node, id: id)] = from
            case .tell(let to, let frame, let sender):
                guard !isCut.contains(node), let bytes = cores[node].cluster?.envelope(frame, to: to).bytes else {
                    perform(cores[node].untold(frame, by: sender), at: node)
                    break
                }
                for _ in 0..<(repeatsAll ? 2 : 1) { bus.append((node, to, bytes)) }
            case .ping, .verify, .welcome, .forget, .announce: break
            }
        }
    }
}
