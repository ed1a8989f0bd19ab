/// What the servers of a cluster, its nodes, say to each other.
enum ClusterFrame: Sendable, Hashable {
    typealias SocketID = SignalingSocketID

    /// Says who is there, please.
    case hello
    /// A sign of life.
    case alive
    /// The node stops: nobody is there any more.
    case leaving
    /// A part of all places that the node has.
    case snapshot([ClusterPlace], isFirst: Bool, isLast: Bool)
    /// A place is new, or another one than before.
    case present(ClusterPlace)
    /// The connection of a place has broken, and it may come back.
    case away(SocketID)
    /// Places that are no more.
    case gone([SocketID])
    /// A place of some node is now this one of the sender's.
    case moved(node: String, id: SocketID, ClusterPlace)
    case deliver(Delivery)
    /// What a socket of the sender's says, about something of which the receiver keeps the state.
    case say(from: SocketID, dialect: String, [UInt8])

    /// A message for sockets of the receiver's.
    struct Delivery: Sendable, Hashable {
        var targets: [SocketID]
        /// The sender's socket whose message it is, who is told if it cannot be delivered.
        var sender: SocketID?
        /// What it is about, where the state of that is kept by the sender.
        var about: ClusterKey?
        var bytes: [UInt8]
    }
}

/// What a message is about, in its dialect: a call.
struct ClusterKey: Sendable, Hashable {
    var dialect: String
    var key: String
}

/// A socket that speaks a dialect, as other nodes know it.
struct ClusterPlace: Sendable, Hashable {
    var id: SignalingSocketID
    /// When it registered, in nanoseconds since 1970: of two with one name the earlier one stays.
    var claim: UInt64
    var isAway = false
    var identity: TokenIdentity?
    /// SHA-256 of what it takes to have the place on another connection; empty where nothing does.
    var resume: [UInt8] = []
    /// The dialect that it opened, and what opens it.
    var dialect: String?
    var opening: [UInt8] = []
    /// The dialects that it speaks because of its token.
    var identified: [String] = []
}

/// A frame with what makes sure that it is new.
struct ClusterEnvelope: Sendable, Hashable {
    var node: String
    /// Greater for each process of the node's name.
    var epoch: UInt64
    /// Whether it is one of those for all nodes, which are counted by themselves.
    var isForAll: Bool
    /// Counts up by one.
    var number: UInt64
    var frame: ClusterFrame
}
