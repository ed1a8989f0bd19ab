import Foundation
import WebRTC

/// The connections of this server by a name that cannot be guessed, and a bound on how many there
/// are.
actor Visitors {
    private var connections: [String: PeerConnection] = [:]
    private let limit: Int

    init(limit: Int) {
        self.limit = limit
    }

    /// Keeps a connection, and says under which name; nil if there are too many.
    func add(_ connection: PeerConnection) -> String? {
        guard connections.count < limit else { return nil }
        let id = UUID().uuidString
        connections[id] = connection
        return id
    }

    func connection(_ id: String) -> PeerConnection? { connections[id] }

    func remove(_ id: String) { connections[id] = nil }

    /// Closes all, so that the browsers hear of it at once.
    func sayGoodbye() async {
        for connection in connections.values { connection.close() }
        for connection in connections.values { await connection.closed() }
    }
}
