import Backplane
import Signaling
import TestSupport
import Testing

@Suite("nodes that exchange over Redis", .serialized, .enabled(if: RedisProcess.isExpected), .timeLimit(.minutes(2)))
struct ExchangeTests {
    @Test("ten thousand messages to one and to all come in order, and none to the one who says them")
    func order() async throws {
        let redis = try await RedisProcess()
        let anna = try await Party(redis.configuration(), as: "anna")
        let ben = try await Party(redis.configuration(), as: "ben")
        let cleo = try await Party(redis.configuration(), as: "cleo")
        for party in [anna, ben, cleo] { try await party.log.connected() }
        for number in 0..<10_000 {
            let bytes = Array("\(number)".utf8)
            #expect(anna.backplane.send(bytes, to: number % 2 == 0 ? "ben" : nil))
        }
        let expected = (0..<10_000).map { Array("\($0)".utf8) }
        // Redis keeps the order of one connection, whatever the channels.
        #expect(try await ben.log.messages(10_000) == expected)
        #expect(
            try await cleo.log.messages(5_000) == expected.enumerated().filter { $0.offset % 2 == 1 }.map(\.element))
        #expect(ben.backplane.send([1], to: "anna"))
        #expect(try await anna.log.messages(1) == [[1]])
        for party in [anna, ben, cleo] { await party.backplane.leave() }
    }

    @Test("what Redis has nobody to give to comes back")
    func nobody() async throws {
        let redis = try await RedisProcess()
        let anna = try await Party(redis.configuration(), as: "anna")
        try await anna.log.connected()
        #expect(anna.backplane.send([7], to: nil))
        #expect(anna.backplane.send([1, 2], to: "nobody"))
        try await anna.log.wait("the message") { $0.contains(.undelivered([1, 2])) }
        #expect(!anna.log.events.contains(.undelivered([7])), "the sender hears what is for all")
        await anna.backplane.leave()
    }

    @Test("messages of any bytes up to the largest arrive, and larger ones are refused")
    func large() async throws {
        let redis = try await RedisProcess()
        let anna = try await Party(redis.configuration(), as: "anna")
        let ben = try await Party(redis.configuration(), as: "ben")
        for party in [anna, ben] { try await party.log.connected() }
        let sizes = [0, 1, 65_535, 65_536, 1 << 20, RedisBackplane.maximumMessage]
        for (index, size) in sizes.enumerated() {
            let bytes = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
            #expect(anna.backplane.send(bytes, to: "ben"))
            #expect(try await ben.log.messages(index + 1).last == bytes)
        }
        #expect(!anna.backplane.send([UInt8](repeating: 0, count: RedisBackplane.maximumMessage + 1), to: "ben"))
        #expect(!anna.backplane.send([1], to: "no name"))
        await anna.backplane.leave()
        await ben.backplane.leave()
        #expect(!anna.backplane.send([1], to: nil))
    }

    @Test("several threads say something at once, and the order of each is kept")
    func threads() async throws {
        let redis = try await RedisProcess()
        let anna = try await Party(redis.configuration(), as: "anna")
        let ben = try await Party(redis.configuration(), as: "ben")
        for party in [anna, ben] { try await party.log.connected() }
        await withTaskGroup { group in
            for sender in UInt8(0)..<8 {
                group.addTask {
                    for number in UInt8(0)..<250 { #expect(anna.backplane.send([sender, number], to: nil)) }
                }
            }
        }
        let heard = try await ben.log.messages(2000)
        for sender in UInt8(0)..<8 {
            #expect(heard.filter { $0[0] == sender }.map { $0[1] } == Array(0..<250))
        }
        await anna.backplane.leave()
        await ben.backplane.leave()
    }

    @Test("two clusters with prefixes of their own do not hear each other")
    func prefixes() async throws {
        let redis = try await RedisProcess()
        let anna = try await Party(redis.configuration(), as: "anna")
        let ben = try await Party(redis.configuration(), as: "ben")
        let other = try await Party(redis.configuration { $0.prefix = "other" }, as: "ben")
        for party in [anna, ben, other] { try await party.log.connected() }
        #expect(other.backplane.send([9], to: nil))
        #expect(anna.backplane.send([1], to: "ben"))
        #expect(try await ben.log.messages(1) == [[1]])
        #expect(other.log.messages.isEmpty)
        for party in [anna, ben, other] { await party.backplane.leave() }
    }

    @Test("a backplane joins once, and not after it was left")
    func once() async throws {
        let redis = try await RedisProcess()
        let anna = try await Party(redis.configuration(), as: "anna")
        await #expect { try await anna.backplane.join(as: "b") { _ in } } throws: {
            ($0 as? SignalingError)?.code == .invalidState
        }
        await anna.backplane.leave()
        await anna.backplane.leave()
        let other = RedisBackplane(configuration: redis.configuration())
        await other.leave()
        await #expect { try await other.join(as: "b") { _ in } } throws: {
            ($0 as? SignalingError)?.code == .invalidState
        }
    }
}
