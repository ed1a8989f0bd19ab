internal import Crypto

/// What a server's core knows of the other nodes: who they are, and which of its sockets stand for
/// theirs.
struct Cluster {
    typealias SocketID = SignalingSocketID

    /// How often a node shows that it is there; silent for three times that it is gone.
    static let interval = Duration.seconds(2)
    /// How many things other nodes keep the state of, of the last that were spoken of.
    static let mostOwners = 65_536
    /// How many places go into one message.
    static let placesPerMessage = 128

    /// Another node.
    struct Node {
        var epoch: UInt64
        /// Our sockets that stand for its places, by their ids there.
        var aliases: [SocketID: SocketID] = [:]
        var heard: Duration
        /// The last numbers of what it has said to all, and to this node.
        var numberForAll: UInt64?
        var numberForUs: UInt64?
        var asked = Duration.seconds(-1)
        /// Those that its snapshot, which is under way, has not named yet.
        var stale: Set<SocketID>?
    }

    /// The place of another node that a socket stands for.
    struct Remote {
        var node: String
        var id: SocketID
        var claim: UInt64
        var isAway: Bool
        var resume: [UInt8]
        var opening: [UInt8]
    }

    enum News: Hashable {
        case present(SocketID)
        case away(SocketID)
        case gone(SocketID)
        case moved(SocketID, fromNode: String, fromID: SocketID)
    }

    let name: String
    let epoch: UInt64
    /// Nanoseconds since 1970 at the time zero of the core's clock.
    let clockOffset: UInt64
    var nodes: [String: Node] = [:]
    var remotes: [SocketID: Remote] = [:]
    /// Our sockets for places of others, by the hash of what it takes to have them.
    var resumes: [[UInt8]: SocketID] = [:]
    private var owners: [ClusterKey: String] = [:]
    private var ownerOrder: [ClusterKey] = []
    /// What the others have not been told yet.
    var news: [News] = []
    /// The nodes with places that found their name taken or no room here; they are asked again when
    /// somebody has gone.
    var refused: Set<String> = []
    var hasRoomAgain = false
    /// Since when the others can be reached; nil while they cannot.
    var connectedSince: Duration?
    private var lastAlive = Duration.seconds(-1000)
    private var lastAlias: SocketID
    private var numberForAll: UInt64 = 0
    private var numbers: [String: UInt64] = [:]

    /// - Parameters:
    ///   - name: this node's.
    ///   - wallClock: nanoseconds since 1970, now.
    ///   - firstAlias: sockets that stand for others' places have ids from here on.
    init(name: String, wallClock: UInt64, now: Duration, firstAlias: SocketID) {
        self.name = name
        epoch = wallClock
        clockOffset = wallClock &- UInt64(clamping: now.clampedNanoseconds)
        lastAlias = firstAlias
    }

    func wallClock(_ now: Duration) -> UInt64 { clockOffset &+ UInt64(clamping: now.clampedNanoseconds) }

    mutating func nextAlias() -> SocketID {
        lastAlias += 1
        return lastAlias
    }

    static func hash(_ resume: String) -> [UInt8] { Array(SHA256.hash(data: Array(resume.utf8))) }

    // MARK: Who keeps the state of what

    func owner(of key: ClusterKey) -> String? { owners.isEmpty ? nil : owners[key] }

    mutating func setOwner(of key: ClusterKey, _ node: String) {
        if owners.updateValue(node, forKey: key) == nil { ownerOrder.append(key) }
        // Half at once, so that the array is not moved for each.
        guard ownerOrder.count > Self.mostOwners else { return }
        for key in ownerOrder.prefix(Self.mostOwners / 2) { owners[key] = nil }
        ownerOrder.removeFirst(Self.mostOwners / 2)
    }

    mutating func forgetOwner(_ node: String) {
        owners = owners.filter { $0.value != node }
        ownerOrder.removeAll { owners[$0] == nil }
    }

    // MARK: Order

    /// The envelope of a frame that is sent now.
    mutating func envelope(_ frame: ClusterFrame, to node: String?) -> ClusterEnvelope {
        let number: UInt64
        if let node {
            number = numbers[node, default: 0] + 1
            numbers[node] = number
        } else {
            numberForAll += 1
            number = numberForAll
        }
        return ClusterEnvelope(node: name, epoch: epoch, isForAll: node == nil, number: number, frame: frame)
    }

    enum Arrival: Equatable {
        /// It is late, or was here before.
        case old
        case next
        /// Something before it is missing: the node is to be asked who is there.
        case afterGap
    }

    /// Whether a frame of a known node and epoch is new.
    mutating func arrived(_ envelope: ClusterEnvelope, now: Duration) -> Arrival {
        guard var node = nodes[envelope.node] else { return .old }
        let last = envelope.isForAll ? node.numberForAll : node.numberForUs
        if let last, envelope.number <= last { return .old }
        node.heard = now
        if envelope.isForAll { node.numberForAll = envelope.number } else { node.numberForUs = envelope.number }
        nodes[envelope.node] = node
        guard let last else { return .next }
        return envelope.number == last + 1 ? .next : .afterGap
    }

    /// Whether it is time to say that this node is there.
    mutating func isAliveDue(now: Duration) -> Bool {
        guard connectedSince != nil, now - lastAlive >= Self.interval else { return false }
        lastAlive = now
        return true
    }

    /// The nodes of which nothing has been heard for too long, while something could.
    func silent(now: Duration) -> [String] {
        guard let connectedSince, now - connectedSince >= Self.interval * 3 else { return [] }
        return nodes.filter { now - $0.value.heard >= Self.interval * 3 }.keys.sorted()
    }
}
