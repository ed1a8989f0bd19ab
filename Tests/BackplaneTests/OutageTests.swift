import Backplane
import Foundation
import Signaling
import TestSupport
import Testing

@Suite("a Redis that goes and comes", .serialized, .enabled(if: RedisProcess.isExpected), .timeLimit(.minutes(2)))
struct OutageTests {
    @Test("killed and started again: degraded, then connected, and the exchange goes on")
    func restarted() async throws {
        let first = try await RedisProcess()
        let anna = try await Party(first.configuration(), as: "anna")
        let ben = try await Party(first.configuration(), as: "ben")
        for party in [anna, ben] { try await party.log.connected() }
        await first.kill()
        var places: [Int] = []
        for party in [anna, ben] { places.append(try await party.log.degraded()) }
        #expect(!anna.backplane.send([1], to: nil))
        let second = try await RedisProcess(port: first.port)
        try await anna.log.connected(from: places[0])
        try await ben.log.connected(from: places[1])
        #expect(anna.backplane.send([2], to: "ben"))
        #expect(try await ben.log.messages(1) == [[2]])
        for party in [anna, ben] { await party.backplane.leave() }
        await second.kill()
    }

    @Test("not there when a node joins: degraded first, and connected when it comes")
    func late() async throws {
        let port = try await RedisProcess.freePort()
        let anna = try await Party(RedisConfiguration(host: "127.0.0.1", port: port), as: "anna")
        let place = try await anna.log.degraded("nobody listens there")
        let redis = try await RedisProcess(port: port)
        try await anna.log.connected(from: place)
        await anna.backplane.leave()
        await redis.kill()
    }

    @Test("stopped for some time: the silence is noticed, what waits is bounded, and it goes on when Redis does")
    func stopped() async throws {
        let redis = try await RedisProcess()
        let anna = try await Party(
            redis.configuration {
                $0.queueLimit = 10
                $0.connectTimeout = .milliseconds(500)
            }, as: "anna")
        try await anna.log.connected()
        redis.send(signal: SIGSTOP)
        for number in UInt8(0)..<10 { #expect(anna.backplane.send([number], to: nil)) }
        #expect(!anna.backplane.send([10], to: nil))
        let place = try await anna.log.degraded("silent")
        #expect(anna.log.events.filter { if case .undelivered = $0 { true } else { false } }.count == 10)
        #expect(!anna.backplane.send([11], to: nil))
        // The kernel accepts connections of a program that is stopped.
        try await anna.log.degraded("there is no answer", from: place)
        redis.send(signal: SIGCONT)
        try await anna.log.connected(from: place)
        #expect(anna.backplane.send([1], to: nil))
        await anna.backplane.leave()
    }

    @Test("a subscriber that Redis gives up comes back")
    func dropped() async throws {
        let redis = try await RedisProcess()
        let anna = try await Party(redis.configuration(), as: "anna")
        let place = try await anna.log.connected()
        #expect(try await redis.ask("CLIENT", "KILL", "TYPE", "pubsub").contains("1"))
        let next = try await anna.log.degraded("closed", from: place)
        try await anna.log.connected(from: next)
        await anna.backplane.leave()
    }

    @Test("a subscriber for whom more waits in Redis than it keeps comes back")
    func overrun() async throws {
        let redis = try await RedisProcess(["client-output-buffer-limit pubsub 64kb 0 0"])
        let anna = try await Party(redis.configuration(), as: "anna")
        let ben = try await Party(redis.configuration(), as: "ben")
        for party in [anna, ben] { try await party.log.connected() }
        #expect(anna.backplane.send([UInt8](repeating: 0, count: 4 << 20), to: "ben"))
        let place = try await ben.log.degraded()
        try await ben.log.connected(from: place)
        #expect(anna.backplane.send([1], to: "ben"))
        #expect(try await ben.log.messages(1) == [[1]])
        for party in [anna, ben] { await party.backplane.leave() }
    }

    @Test("a backplane that nobody has any more closes its connections")
    func forgotten() async throws {
        let redis = try await RedisProcess(["loglevel verbose"])
        do {
            let anna = try await Party(redis.configuration(), as: "anna")
            try await anna.log.connected()
        }
        // The end, or, where an answer was on its way, a reset.
        try await redis.heard("Client closed connection", or: "Reading from client")
    }

    @Test("a replica is refused, and one that a master turns into is left")
    func replica() async throws {
        let master = try await RedisProcess()
        let replica = try await RedisProcess(["replicaof 127.0.0.1 \(master.port)"])
        let ben = try await Party(replica.configuration(), as: "ben")
        let refused = try await ben.log.degraded("replica")
        try await replica.ask("REPLICAOF", "NO", "ONE")
        let place = try await ben.log.connected(from: refused)
        try await replica.ask("REPLICAOF", "127.0.0.1", "\(master.port)")
        try await ben.log.degraded(from: place)
        await ben.backplane.leave()
    }

    @Test("a sentinel knows the new master when the old one is dead, and the exchange goes on there")
    func failover() async throws {
        let master = try await RedisProcess()
        let replica = try await RedisProcess(["replicaof 127.0.0.1 \(master.port)"])
        try await replica.heard("MASTER <-> REPLICA sync: Finished")
        let sentinel = try await RedisProcess(
            [
                "sentinel monitor main 127.0.0.1 \(master.port) 1", "sentinel down-after-milliseconds main 1000",
                "sentinel failover-timeout main 3000",
            ], isSentinel: true)
        try await sentinel.heard("+slave")
        let nobody = RedisEndpoint(host: "127.0.0.1", port: try await RedisProcess.freePort())
        var configuration = RedisConfiguration(
            sentinels: [nobody, RedisEndpoint(host: "127.0.0.1", port: sentinel.port)], master: "main")
        configuration.pingInterval = .milliseconds(200)
        let anna = try await Party(configuration, as: "anna")
        let ben = try await Party(configuration, as: "ben")
        for party in [anna, ben] { try await party.log.connected() }
        await master.kill()
        for party in [anna, ben] {
            let place = try await party.log.degraded()
            try await party.log.connected(from: place)
        }
        #expect(anna.backplane.send([3], to: "ben"))
        #expect(try await ben.log.messages(1) == [[3]])
        #expect(try await replica.ask("ROLE").contains("master"))
        for party in [anna, ben] { await party.backplane.leave() }
    }

    @Test("a sentinel that knows no such master is said")
    func unknownMaster() async throws {
        let master = try await RedisProcess()
        let sentinel = try await RedisProcess(
            ["sentinel monitor main 127.0.0.1 \(master.port) 1"], isSentinel: true)
        let anna = try await Party(
            RedisConfiguration(sentinels: [RedisEndpoint(host: "127.0.0.1", port: sentinel.port)], master: "other"),
            as: "anna")
        try await anna.log.degraded("knows no master other")
        await anna.backplane.leave()
    }
}
