internal import Synchronization

/// A place in a room that is kept up: it joins again, with increasing waits, whenever the
/// connection breaks, until ``close()``.
///
/// ```swift
/// let room = try RoomClient(url: "wss://chat.example.org/ws", id: "anna", room: "kitchen")
/// for await event in room.events {
///     guard case .message(.offer(let from?, _, _)) = event else { continue }
///     …  // a PerfectNegotiator over room.channel(to: from), with the message as `heard`
/// }
/// ```
public final class RoomClient: Sendable {
    /// What happens to the place: `.connected` when `join` has been sent, `.resumed` when the
    /// server has kept the place, and the others.
    public typealias Event = ReconnectingDialectClient<RoomClientDialect>.Event
    /// The events, in order.
    public typealias Events = DialectEvents<RoomClientDialect>

    /// The id in the room.
    public let id: String
    /// The room.
    public let room: String

    private let client: ReconnectingDialectClient<RoomClientDialect>
    private let roster = Roster()

    /// Starts to connect.
    ///
    /// - Parameters:
    ///   - url: as for ``DialectClient/connect(to:configuration:)``.
    ///   - id: any text of 1 to 256 bytes that nobody else in the room has.
    ///   - room: any text of 1 to 256 bytes.
    ///   - configuration: how long to wait, how much to take, and the token, where one is needed.
    ///   - backoff: how long to wait before another attempt.
    /// - Throws: `.invalidURL`, `.invalidConfiguration`: what no further attempt would change.
    public init(
        url: String, id: String, room: String = "default", configuration: SignalingClientConfiguration = .init(),
        backoff: Backoff = .init()
    ) throws(SignalingError) {
        try check(id.utf8.count, "the length of id", in: 1...256)
        try check(room.utf8.count, "the length of room", in: 1...256)
        self.id = id
        self.room = room
        let dialect = RoomClientDialect(id: id, room: room)
        client = try ReconnectingDialectClient(url, dialect, configuration, backoff, losesOldest: true) {
            [roster] event, _, keepsPlace in
            roster.follow(event, keepsPlace)
            return false
        }
    }

    /// What happens, for one task of the application's; what peers say that have a
    /// ``channel(to:heard:)`` goes to that instead. Nothing waits for a task that does not read:
    /// the newest is kept, within the limits.
    public var events: Events { client.events }

    /// The others who are in the room, as the server has told last. While there is no connection it
    /// stays for as long as the server may keep the place, and is empty after that. It is no older
    /// than the events that have been read.
    public var peers: Set<String> { roster.peers }

    /// Sends a message over the connection there is; without `to` it goes to all others.
    ///
    /// - Throws: `.closed` when there is none now; nothing is kept for the next one.
    public func send(_ message: RoomMessage) async throws(SignalingError) { try await client.send(message) }

    /// The way to a peer, for a negotiator; the peer need not be there yet. A second one for the
    /// same peer takes the place of the first.
    ///
    /// - Parameters:
    ///   - peer: the other's id.
    ///   - heard: what the application has read of this peer's messages, such as the offer by which
    ///     it knows of it.
    public func channel(to peer: String, heard: [RoomMessage] = []) -> PeerSignaling {
        PeerSignaling(client, peer: peer, heard: heard)
    }

    /// Whether this end is the polite one of the two: that with the larger id, as browsers compare
    /// strings, by their UTF-16.
    public func isPolite(towards peer: String) -> Bool { peer.utf16.lexicographicallyPrecedes(id.utf16) }

    /// Leaves the room, and returns when the connection is closed. ``events`` ends. May be called
    /// again.
    public func close() async { await client.close() }
}

/// Who is in a room.
private final class Roster: Sendable {
    private let members = Mutex(Set<String>())

    var peers: Set<String> { members.withLock { $0 } }

    func follow(_ event: RoomClient.Event, _ keepsPlace: Bool) {
        members.withLock { members in
            switch event {
            case .connected: members = []
            case .disconnected: if !keepsPlace { members = [] }
            case .connecting, .resumed, .moving: break
            case .message(.peerList(let peers)): members = Set(peers)
            case .message(.peerJoined(let peer)): members.insert(peer)
            case .message(.peerLeft(let peer)): members.remove(peer)
            case .message: break
            }
        }
    }
}
