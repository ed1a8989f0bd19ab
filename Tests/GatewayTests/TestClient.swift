import Foundation
import ICE
import JSEP
import StrictJSON
import Synchronization
import Testing
import WebRTC

/// A client of a session: it answers the server's offer, and has its channel.
final class TestClient: Sendable {
    let session: String
    let connection: PeerConnection
    let channel: DataChannel

    static var configuration: PeerConnection.Configuration {
        var configuration = PeerConnection.Configuration()
        configuration.ice.includesLoopback = true
        return configuration
    }

    static func connect(
        to server: TestGateway, peerID: String, headers: [String: String] = [:]
    ) async throws -> TestClient {
        let offer = try await server.post("/v1/webrtc/offer", #"{"peer_id":"\#(peerID)"}"#, headers: headers)
        let sdp = try #require(offer.json["sdp"]?.text, "\(offer.text)")
        let session = try #require(offer.json["session_id"]?.text)
        let connection = try PeerConnection(configuration: configuration)
        let answer = try await connection.answer(to: SessionDescription(type: .offer, sdp: sdp))
        let body = JSONValue.object(["session_id": .string(session), "sdp": .string(answer.sdp)])
        let status = try await server.post(
            "/v1/webrtc/answer", String(decoding: body.bytes, as: UTF8.self), headers: headers)
        #expect(status.status == 200, "\(status.text)")
        for await channel in connection.dataChannels {
            return TestClient(session: session, connection: connection, channel: channel)
        }
        throw CancellationError()
    }

    private init(session: String, connection: PeerConnection, channel: DataChannel) {
        self.session = session
        self.connection = connection
        self.channel = channel
    }

    deinit { connection.close() }

    func send(_ text: String) async throws { try await channel.send(text) }

    /// The next message of the server's.
    func next() async throws -> JSONValue {
        for try await message in channel.messages { return try JSONReader.read(Array(message.description.utf8)) }
        throw CancellationError()
    }
}

/// A clock that a test moves.
final class ManualTime: Sendable {
    private let time = Mutex(Duration.zero)

    var now: Duration { time.withLock { $0 } }

    func advance(by step: Duration) { time.withLock { $0 += step } }
}
