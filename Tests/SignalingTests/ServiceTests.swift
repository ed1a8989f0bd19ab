import Logging
import ServiceLifecycle
import TestSupport
import Testing

@testable import Signaling

@Suite("a server as a service", .timeLimit(.minutes(1)))
struct ServiceTests {
    /// Runs until its group ends, and says so.
    private struct Neighbour: Service {
        let begun: @Sendable () -> Void

        func run() async throws {
            begun()
            try await gracefulShutdown()
        }
    }

    private func client(of server: SignalingServer) async throws -> SignalingClient {
        try await waitUntil { server.port != nil }
        return try await SignalingClient.connect(to: "ws://127.0.0.1:\(server.port ?? 0)")
    }

    private func closeCode(_ client: SignalingClient) async -> UInt16? {
        do {
            for try await _ in client.messages {}
            return nil
        } catch {
            return error.closeCode
        }
    }

    @Test("when its group shuts down the sockets have some time, are closed with 1012, and the group ends")
    func graceful() async throws {
        let server = SignalingServer(configuration: .init(host: "127.0.0.1", port: 0, drainTime: .seconds(1)))
        let group = ServiceGroup(services: [server, Neighbour {}], logger: Logger(label: "test"))
        async let end: Void = group.run()
        let client = try await client(of: server)
        await group.triggerGracefulShutdown()
        #expect(await closeCode(client) == 1012)
        try await end
        #expect(server.port == nil)
    }

    @Test("without a group it runs until its task is cancelled")
    func cancelled() async throws {
        let server = SignalingServer(configuration: .init(host: "127.0.0.1", port: 0))
        let running = Task { try await server.run() }
        let client = try await client(of: server)
        running.cancel()
        #expect(await closeCode(client) == 1001)
        try await running.value
        #expect(server.port == nil)
    }

    @Test("a server that cannot begin ends its group with the reason")
    func broken() async throws {
        let server = SignalingServer(configuration: .init(host: "127.0.0.1", port: 0, limits: .init(peers: 0)))
        let group = ServiceGroup(services: [server], logger: Logger(label: "test"))
        let error = await #expect(throws: SignalingError.self) { try await group.run() }
        #expect(error?.code == .invalidConfiguration)
    }
}
