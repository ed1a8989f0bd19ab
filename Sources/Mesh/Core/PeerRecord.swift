internal import Signaling

/// All that ``MeshCore`` knows of one other node.
struct PeerRecord: Sendable {
    let id: PeerID
    /// By the name of the service instance: daemon and registry may both show a node.
    var sightings: [String: PeerSighting] = [:]
    /// Its entry in the peer list of the signaling server in use.
    var listed: ListedPeer?
    /// Its `hello`.
    var greeting: ChannelMessage.Hello?
    var link: Link
    /// Links lost in a row.
    var failures = 0
    /// The session of the link's other end, once it has described itself; nil if its description names none.
    var session: String?
    /// Candidates taken for the link.
    var candidates = 0
    /// It said `bye`: it is not called again until it shows up anew.
    var hasLeft = false
    var pingDeadline: Duration?
    var suspicion: Suspicion?
    var suspicions = 0

    /// Its server did not answer though discovery still shows it; it cannot lead until the server does.
    enum Suspicion: Sendable {
        case waiting(until: Duration)
        case probing
    }

    enum Link: Sendable {
        case idle(since: Duration)
        case waiting(until: Duration)
        case connecting(Attempt)
        case open(id: UInt64, since: Duration)
    }

    struct Attempt: Sendable {
        var id: UInt64
        var isOfferer: Bool
        var isAnswered = false
        var deadline: Duration
    }

    init(id: PeerID, now: Duration) {
        self.id = id
        link = .idle(since: now)
    }

    /// One sighting stands for all; the choice does not depend on the order in which they came.
    var sighting: PeerSighting? {
        sightings.min { $0.key < $1.key }?.value
    }

    var openLink: UInt64? {
        if case .open(let id, _) = link { id } else { nil }
    }

    var currentLink: UInt64? {
        switch link {
        case .open(let id, _): id
        case .connecting(let attempt): attempt.id
        case .idle, .waiting: nil
        }
    }

    /// Whether nothing keeps the record.
    var isForgettable: Bool {
        sightings.isEmpty && listed == nil && currentLink == nil
    }

    var displayName: String {
        greeting?.displayName ?? sighting?.displayName ?? listed?.displayName ?? "Unknown"
    }

    var peerType: PeerType {
        greeting?.peerType ?? sighting?.peerType ?? listed?.peerType ?? .display
    }

    func info(leader: PeerID?) -> MeshPeer {
        MeshPeer(
            id: id, peerType: peerType, displayName: displayName, isConnected: openLink != nil, isLeader: id == leader)
    }
}
