@testable import Signaling

/// A server and clients of it, for tests with several peers.
struct SignalingParty {
    static let ann = "0A0A0A0A-0000-4000-8000-00000000000A"
    static let bob = "0B0B0B0B-0000-4000-8000-00000000000B"
    static let dan = "0D0D0D0D-0000-4000-8000-00000000000D"
    static let eve = "0E0E0E0E-0000-4000-8000-00000000000E"

    struct Missing: Error {}

    let server: SignalingServer
    let port: UInt16
    var url: String { "ws://127.0.0.1:\(port)/ws" }

    init(port: UInt16 = 0, limits: SignalingLimits = .init()) async throws {
        server = SignalingServer(configuration: .init(host: "127.0.0.1", port: port, limits: limits))
        self.port = try await server.start()
    }

    /// A client that has sent its registration.
    func client(as id: String, configuration: SignalingClientConfiguration = .init()) async throws -> SignalingClient {
        let client = try await SignalingClient.connect(to: url, configuration: configuration)
        try await client.register(Registration(peerID: id, peerType: .display, displayName: "x"))
        return client
    }

    /// Reads until a message meets the condition.
    static func first<Value>(_ client: SignalingClient, _ pick: (MeshMessage) -> Value?) async throws -> Value {
        for try await message in client.messages {
            if let value = pick(message) { return value }
        }
        throw Missing()
    }

    /// Reads until the list has so many peers.
    static func list(of count: Int, _ client: SignalingClient) async throws {
        _ = try await first(client) { message in
            if case .peerList(let peers) = message, peers.count == count { true } else { nil }
        }
    }
}
