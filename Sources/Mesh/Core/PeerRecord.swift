internal import Signaling

/// All that ``MeshCore`` knows of one other node.
struct PeerRecord: Sendable {
    let id: PeerID
    /// Grows from record to record: who was heard of first.
    let number: UInt64
    /// By the name of the service instance: daemon and registry may both show a node.
    var sightings: [String: PeerSighting] = [:]
    /// Services that use the id of this node while it is there, and lead elsewhere. They count when
    /// it is gone.
    var rivals: [String: PeerSighting] = [:]
    /// The last of its sightings, which outlives it.
    var lastSighting: PeerSighting?
    /// Since when it has been seen without a break.
    var seenAt: Duration?
    /// Where a server was that had it among its clients. Only what has been shown by a connection
    /// is worth more than an announcement, which anybody on the link can make.
    var provenEndpoint: ServerEndpoint?
    /// Its entry in the peer list of the signaling server in use.
    var listed: ListedPeer?
    /// Its `hello`.
    var greeting: ChannelMessage.Hello?
    var link: Link
    /// Links lost in a row.
    var failures = 0
    /// The session of the link's other end, once it has described itself; nil if its description
    /// names none.
    var session: String?
    /// Candidates taken for the link.
    var candidates = 0
    /// An offer that came while a link was open, until it is known whether the link is still alive.
    var waitingOffer: WaitingOffer?
    /// It said `bye`: it is not called again until it shows up anew.
    var hasLeft = false
    var pingDeadline: Duration?
    /// One at a time, so that a pong tells of which it is. Whatever else comes shows that the link
    /// lives, and this is out all the same.
    var isPingOut = false
    /// Whether it has said that it read the texts that were sent to it.
    var receipt = Receipt.none
    var suspicion: Suspicion?
    var suspicions = 0

    /// Its server did not answer though discovery still shows it; it cannot lead until the server
    /// does.
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

    /// A pong answers a ping that was sent behind texts: who has read the ping has read them.
    enum Receipt: Sendable {
        case none
        /// Texts have been sent, but it has not greeted: who does not know what a hello is owes no
        /// pong. It is asked when it does.
        case unasked
        /// A ping is out; `more` texts have been sent after it.
        case awaited(more: Bool)
    }

    struct WaitingOffer: Sendable {
        var sdp: String
        var candidates: [TrickledCandidate?] = []
        /// Of the candidates.
        var byteCount = 0
    }

    struct Attempt: Sendable {
        var id: UInt64
        var startedAt: Duration
        var isOfferer: Bool
        var isAnswered = false
        var deadline: Duration
    }

    init(id: PeerID, number: UInt64, now: Duration) {
        self.id = id
        self.number = number
        link = .idle(since: now)
    }

    /// One sighting stands for all; the choice does not depend on the order in which they came.
    var sighting: PeerSighting? {
        sightings.min { $0.key < $1.key }?.value
    }

    /// Whether a server has shown that this node leads, or did.
    var isProven: Bool { provenEndpoint != nil }

    /// Whether somebody has only said that it exists.
    var isOnlyListed: Bool { sightings.isEmpty && rivals.isEmpty && openLink == nil }

    /// Whether a link to it is being made.
    var attempt: Attempt? {
        if case .connecting(let attempt) = link { attempt } else { nil }
    }

    /// The URLs of its server, what was proven first; few, because each takes time to try.
    var urls: [String] {
        let seen =
            sightings.isEmpty ? [lastSighting].compactMap { $0 } : sightings.sorted { $0.key < $1.key }.map(\.value)
        var urls: [String] = []
        for endpoint in [provenEndpoint].compactMap({ $0 }) + seen.map(\.endpoint) {
            for url in endpoint.urls where !urls.contains(url) { urls.append(url) }
        }
        return Array(urls.prefix(6))
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

    /// What was said over a link, and what was owed there, is not the next one's.
    mutating func forgetLink() {
        session = nil
        greeting = nil
        candidates = 0
        waitingOffer = nil
        pingDeadline = nil
        isPingOut = false
        receipt = .none
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
