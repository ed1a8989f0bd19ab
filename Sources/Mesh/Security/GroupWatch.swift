internal import GroupKeys

/// What a node of a group has kept out: counted, and told once of each, a few in a minute.
struct GroupWatch: Sendable {
    /// Somebody or something that was kept out.
    enum Incident: Sendable, Hashable {
        /// An announcement of another group, or of none, by the name of its service.
        case otherGroup(service: String)
        /// A server that has not proven that it has the key.
        case server(PeerID?, reason: String)
        /// Somebody has come to this node's server without the key.
        case stranger(address: String)
        /// Somebody has tried the passphrase in vain.
        case guess(address: String)
        /// A description of a link that was not believed.
        case link(PeerID, reason: String)

        /// Whose incident it is: of each one is told.
        var name: String {
            switch self {
            case .otherGroup(let service): "service \(service)"
            case .server(let peer, _): "server \(peer?.text ?? "")"
            case .stranger(let address): "stranger \(address)"
            case .guess(let address): "guess \(address)"
            case .link(let peer, let reason): "link \(peer.text) \(reason)"
            }
        }
    }

    /// How many are told of in a minute.
    static let most = 10
    private static let minute = Duration.seconds(60)
    /// Of each one is told again after this long.
    private static let quiet = Duration.seconds(600)

    /// How many there were.
    private(set) var count = 0
    private var told = RecentTable<Duration>(limit: 256)
    private var since = Duration.zero
    private var inMinute = 0

    /// Counts an incident; the text to tell of it, for people, or nil if that is not due.
    mutating func note(_ incident: Incident, now: Duration) -> String? {
        count += 1
        if let last = told[incident.name], now - last < Self.quiet { return nil }
        if now - since >= Self.minute { (since, inMinute) = (now, 0) }
        guard inMinute < Self.most else { return nil }
        inMinute += 1
        told[incident.name] = now
        return Self.text(incident)
    }

    private static func text(_ incident: Incident) -> String {
        switch incident {
        case .otherGroup(let service):
            "\(DisplayName.cleaned(service)) is of another group, or of none, and is not listened to"
        case .server(let peer, let reason):
            "the server of \(peer?.text.prefix(8) ?? "nobody known") is not let lead: \(reason)"
        case .stranger(let address):
            "somebody at \(address) came without the group's key, and was not let in"
        case .guess(let address):
            "somebody at \(address) tried the group's passphrase in vain"
        case .link(let peer, let reason):
            "no link to \(peer.text.prefix(8)) comes about: it got \(reason)"
        }
    }
}
