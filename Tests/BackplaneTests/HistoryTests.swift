import Foundation
import TestSupport
import Testing

@Suite(
    "three servers over one Redis, by what their members have heard", .serialized,
    .enabled(if: RedisProcess.isExpected), .timeLimit(.minutes(30)))
struct HistoryTests {
    /// CLUSTER_MEMBERS of them with `make soak`.
    static let members = ProcessInfo.processInfo.environment["CLUSTER_MEMBERS"].flatMap { Int($0) } ?? 600

    @Test(
        """
        whatever dies, stops or is cut off: nothing twice, nothing to others, all in order, presence right within 10 s, \
        nothing lost while all is well
        """)
    func histories() async throws {
        let seed = UInt64.random(in: 0...999)
        let world = try await HistoryWorld(members: Self.members, room: 10, seed: seed)
        try await world.settle()
        try await world.talkInPeace(2)

        _ = await world.talk(1)
        try await world.restartRedis()
        try await world.settle()
        try await world.talkInPeace(1)

        world.redis.send(signal: SIGSTOP)
        _ = await world.talk(1)
        try await world.outOfReach(from: 0, to: 1)
        _ = await world.talk(1)
        world.redis.send(signal: SIGCONT)
        try await world.settle()
        try await world.talkInPeace(1)

        await world.ways[1].block(forNewcomers: true)
        _ = await world.talk(1)
        try await world.outOfReach(from: 1, to: 0)
        _ = await world.talk(1)
        await world.ways[1].unblock()
        try await world.settle()
        try await world.talkInPeace(1)

        await world.killServer(2)
        _ = await world.talk(1)
        try world.startServer(2)
        try await world.settle()
        try await world.talkInPeace(1)

        world.pauseServer(0)
        _ = await world.talk(2)
        world.continueServer(0)
        try await world.settle()
        try await world.talkInPeace(1)
        world.check()
        await world.end()
    }
}
