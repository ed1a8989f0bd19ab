import Foundation
import JSEP
import StrictJSON
import Synchronization
import Testing
import WebRTC

/// Watches a streamer by its WebSocket, as a page does: each welcome begins a new connection.
final class StreamWatcher: Sendable {
    let socket: TestWebSocket
    let peerID: String
    private let state = Mutex<(connection: PeerConnection?, input: DataChannel?)>((nil, nil))
    /// What the server says beside offers and candidates.
    let news: AsyncStream<JSONValue>
    private let sink: AsyncStream<JSONValue>.Continuation
    private let connections: AsyncStream<PeerConnection>
    private let newConnection: AsyncStream<PeerConnection>.Continuation

    private init(_ socket: TestWebSocket, _ peerID: String) {
        (self.socket, self.peerID) = (socket, peerID)
        (news, sink) = AsyncStream.makeStream(of: JSONValue.self)
        (connections, newConnection) = AsyncStream.makeStream(of: PeerConnection.self)
    }

    deinit { state.withLock { $0.connection }?.close() }

    static func connect(_ server: TestGateway, _ name: String) async throws -> StreamWatcher {
        let socket = try await TestWebSocket.connect("/api/streamers/\(name)/peer", port: server.port)
        let welcome = try await socket.next()
        #expect(welcome["type"]?.text == "welcome" && welcome["ice_servers"] != nil, "\(welcome)")
        let watcher = StreamWatcher(socket, try #require(welcome["peer_id"]?.text))
        Task { [weak watcher] in
            while let message = try? await socket.next() { try await watcher?.take(message) }
            watcher?.sink.finish()
            watcher?.newConnection.finish()
        }
        return watcher
    }

    private func take(_ message: JSONValue) async throws {
        switch message["type"]?.text {
        case "offer":
            let connection = try PeerConnection(configuration: TestClient.configuration)
            let former = state.withLock { state in
                defer { state = (connection, nil) }
                return state.connection
            }
            former?.close()
            let answer = try await connection.answer(
                to: SessionDescription(type: .offer, sdp: message["sdp"]?.text ?? ""))
            try await socket.send(["type": .string("answer"), "sdp": .string(answer.sdp)])
            newConnection.yield(connection)
        case "candidate":
            guard let line = message["candidate"]?["candidate"]?.text else { return }
            try? await state.withLock { $0.connection }?.addICECandidate(
                ICECandidateInit(candidate: line, sdpMid: message["candidate"]?["sdpMid"]?.text))
        default: sink.yield(message)
        }
    }

    /// The connection of the next offer.
    func connection() async throws -> PeerConnection {
        for await connection in connections { return connection }
        throw CancellationError()
    }

    /// Waits until the server says that the stream stands so.
    func status(_ wanted: String) async throws -> JSONValue {
        for await message in news where message["type"]?.text == "state" && message["status"]?.text == wanted {
            return message
        }
        throw CancellationError()
    }

    /// Waits until so many frames have come.
    static func see(_ connection: PeerConnection, _ kind: MediaKind = .video, _ count: Int = 5) async throws {
        let track = try #require(connection.transceivers.first { $0.receiver.track.kind == kind }?.receiver.track)
        var seen = 0
        for await _ in track.frames {
            seen += 1
            if seen == count { return }
        }
        throw CancellationError()
    }
}
