import Foundation
import NIOCore
import NIOPosix
import StrictJSON
import Testing

@testable import Gateway

/// Sessions that are opened and never answered. With `SESSION_MINUTES` set, as by `make soak`, two hundred of them come in
/// each of so many minutes, and the memory is looked at.
@Suite("abandoned sessions", .serialized, .timeLimit(.minutes(60)))
struct AbandonedSessionTests {
    private static let minutes = ProcessInfo.processInfo.environment["SESSION_MINUTES"].flatMap { Int($0) }
    private static let eachMinute = 200

    private func settings(_ time: Duration) -> GatewayConfiguration {
        GatewayConfiguration(
            sessions: .init(
                sessionsPerClient: 1000, sessionsPerAddress: 1000, unconnectedTime: time, gatheringTime: .zero),
            requestBurst: 100_000)
    }

    private func open(_ server: TestGateway, _ number: Int) async throws {
        let answer = try await server.post("/v1/webrtc/offer", #"{"peer_id":"\#(number)"}"#)
        try #require(answer.status == 200, "\(answer.text)")
    }

    private func cleaned(_ server: TestGateway) async throws -> Int {
        let stats = try await server.send("GET", "/v1/webrtc/stats").json
        return stats["cleaned_up"]?.double.map { Int($0) } ?? -1
    }

    /// What of the process is in memory, in KiB; and its descriptors.
    private func use() throws -> (memory: Int, descriptors: Int) {
        let pages = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")
        let descriptors = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count
        return ((Int(pages[1]) ?? 0) * 4, descriptors)
    }

    @Test("each is cleaned up, and counted once")
    func some() async throws {
        try await TestGateway.run(settings(.milliseconds(500))) { server in
            for number in 0..<50 { try await open(server, number) }
            while try await cleaned(server) < 50 {}
            let stats = try await server.send("GET", "/v1/webrtc/stats").json
            #expect(stats["cleaned_up"] == .number("50") && stats["total"] == .number("50"))
            #expect(stats["active"] == .number("0"))
        }
    }

    @Test(
        "two hundred a minute leave nothing behind",
        .enabled(if: minutes != nil, "SESSION_MINUTES is not set; make soak sets it"))
    func many() async throws {
        let minutes = Self.minutes ?? 0
        try await TestGateway.run(settings(.seconds(5))) { server in
            var early: (memory: Int, descriptors: Int)?
            let (beats, beat) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
            let pace = MultiThreadedEventLoopGroup.singleton.next().scheduleRepeatedTask(
                initialDelay: .zero, delay: .milliseconds(60_000 / Int64(Self.eachMinute))
            ) { _ in beat.yield() }
            defer { pace.cancel() }
            var due = beats.makeAsyncIterator()
            for number in 0..<(minutes * Self.eachMinute) {
                try await open(server, number)
                if number == 2 * Self.eachMinute { early = try use() }
                _ = await due.next(isolation: #isolation)
            }
            while try await cleaned(server) < minutes * Self.eachMinute {}
            #expect(try await cleaned(server) == minutes * Self.eachMinute)
            let (before, after) = (try #require(early), try use())
            print(
                "abandoned sessions: \(before.memory) KiB after minute 2, \(after.memory) KiB after minute \(minutes)")
            #expect(Double(after.memory) <= 1.05 * Double(before.memory))
            #expect(after.descriptors <= before.descriptors)
        }
    }
}
