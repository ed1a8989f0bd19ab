import AsyncQueues
import Foundation
import NIOCore
import NIOPosix
import TestSupport
import Testing

/// Three servers, each a program of its own, one Redis that joins them, and members of rooms at all of them.
final class HistoryWorld {
    struct TimeUp: Error, CustomStringConvertible {
        let description: String
    }

    private(set) var redis: RedisProcess
    /// The way to Redis of each server.
    private(set) var ways: [TestProxy] = []
    private var ports: [Int] = []
    private var servers: [LineProcess] = []
    private(set) var members: [HistoryMember] = []
    private var rooms: [String: Set<String>] = [:]
    private let changes = AsyncQueue<Void, Never>(.init(count: 1, overflow: .dropOldest))
    private var generator: SeededGenerator
    /// How long a thing may take: 10 s, and more where one process plays more members than it can.
    private let patience: Duration
    /// A third of the time that Redis may say nothing, in milliseconds: more where the processors are busy with members.
    private let silence: Int

    /// - Parameters:
    ///   - count: how many members.
    ///   - size: how many there are in a room.
    init(members count: Int, room size: Int, seed: UInt64) async throws {
        generator = SeededGenerator(seed: seed)
        patience = .seconds(max(10, count / 100))
        silence = max(500, count / 5)
        redis = try await RedisProcess()
        for node in 0..<3 {
            ways.append(try await TestProxy(to: redis.port))
            ports.append(try await RedisProcess.freePort())
            servers.append(try start(node))
        }
        for number in 0..<count {
            let (id, room) = ("m\(number)", "r\(number / size)")
            rooms[room, default: []].insert(id)
            members.append(
                try HistoryMember(id, in: room, at: "ws://127.0.0.1:\(ports[number % 3])/ws", changes))
            // Not more of them at once than a server takes connections.
            if number % 100 == 99 { try await present(within: patience * 2) }
        }
    }

    private func start(_ node: Int) throws -> LineProcess {
        try LineProcess(
            "signaling-host", LineProcess.product("signaling-host"),
            [
                "--port", "\(ports[node])", "--redis", "redis://127.0.0.1:\(ways[node].port)", "--node", "n\(node)",
                "--ping", "\(silence)",
            ])
    }

    // MARK: What goes wrong

    func killServer(_ node: Int) async {
        servers[node].send(signal: SIGKILL)
        _ = await servers[node].end()
    }

    func startServer(_ node: Int) throws { servers[node] = try start(node) }

    func pauseServer(_ node: Int) { servers[node].send(signal: SIGSTOP) }

    func continueServer(_ node: Int) { servers[node].send(signal: SIGCONT) }

    func restartRedis() async throws {
        await redis.kill()
        redis = try await RedisProcess(port: redis.port)
    }

    // MARK: What is right

    /// Waits until each member sees those of its room, and nobody else.
    func present(within time: Duration) async throws {
        var unknown = members
        try await wait(
            time,
            {
                let wrong = self.members.filter { !self.isRight($0) }
                return "\(wrong.count) of \(self.members.count) see others than there are: \(self.about(wrong))"
            }
        ) {
            // One after the other: to look at all of them after each event takes what the servers need.
            while let next = unknown.last, isRight(next) { unknown.removeLast() }
            guard unknown.isEmpty else { return false }
            unknown = members.filter { !isRight($0) }
            return unknown.isEmpty
        }
    }

    private func isRight(_ member: HistoryMember) -> Bool {
        member.isConnected && member.peers == rooms[member.room]?.subtracting([member.id])
    }

    /// Says something from a server to another one until it is refused: that one is out of reach.
    func outOfReach(from: Int, to: Int) async throws {
        let (from, to) = (members[from], members[to])
        let before = from.refusals
        let end = ContinuousClock.now + .seconds(20)
        while from.refusals == before {
            _ = await from.say(to: to.id)
            let refusals = from.refusals
            guard ContinuousClock.now < end else { throw TimeUp(description: "nobody is told that it is out of reach") }
            try? await wait(.milliseconds(100), { "" }) { from.refusals != refusals || from.refusals != before }
        }
    }

    /// Waits until all is well: presence, and messages from each server to each other one.
    func settle() async throws {
        let end = ContinuousClock.now + patience
        while true {
            try await present(within: end - .now)
            do {
                try await probe()
            } catch {
                guard ContinuousClock.now < end else { throw error }
                continue
            }
            return try await present(within: max(.milliseconds(1), end - .now))
        }
    }

    /// The first three members, each at another server, say something to each other.
    private func probe() async throws {
        var missing: [HistoryMember.Said] = []
        for from in members.prefix(3) {
            for to in members.prefix(3) where to.id != from.id {
                guard let said = await from.say(to: to.id) else {
                    throw TimeUp(description: "\(from.id) cannot send: \(from.story)")
                }
                missing.append(said)
            }
        }
        try await wait(.milliseconds(500), { "the servers do not reach each other: \(missing)" }) {
            let heard = Set(members.prefix(3).flatMap(\.heard))
            missing.removeAll(where: heard.contains)
            return missing.isEmpty
        }
    }

    private func about(_ wrong: [HistoryMember]) -> String {
        wrong.prefix(3).map { member in
            let right = rooms[member.room]?.subtracting([member.id]) ?? []
            let missing = right.subtracting(member.peers)
            let stories = members.filter { missing.contains($0.id) }.map { "\n  \($0.id): \($0.story)" }
            return "\(member.id) misses \(missing.sorted()), has \(member.peers.subtracting(right).sorted()) "
                + "(\(member.story))\(stories.joined())"
        }.joined(separator: "\n")
    }

    /// Each member says something to some of its room.
    ///
    /// - Returns: what was sent.
    func talk(_ count: Int) async -> [HistoryMember.Said] {
        var pairs: [(HistoryMember, String)] = []
        for member in members {
            let others = (rooms[member.room] ?? []).subtracting([member.id]).sorted()
            for _ in 0..<count { pairs.append((member, others[Int(generator.next() % UInt64(others.count))])) }
        }
        var said: [HistoryMember.Said] = []
        for (member, other) in pairs {
            if let message = await member.say(to: other) { said.append(message) }
        }
        return said
    }

    /// What is said while all is well arrives.
    func talkInPeace(_ count: Int) async throws {
        let said = await talk(count)
        #expect(said.count == count * members.count, "something could not be sent while all is well")
        let expected = Dictionary(grouping: said, by: \.to)
        var waiting = members
        func missing(_ member: HistoryMember) -> Set<HistoryMember.Said> {
            Set(expected[member.id] ?? []).subtracting(member.heard)
        }
        try await wait(
            patience,
            {
                let lost = waiting.flatMap(missing)
                return "\(lost.count) of \(said.count) were lost while all was well: \(lost.prefix(5))"
            }
        ) {
            while let next = waiting.last, missing(next).isEmpty { waiting.removeLast() }
            return waiting.isEmpty
        }
    }

    /// Nothing came twice, to somebody else or out of order, whatever has happened.
    func check() {
        for member in members {
            var last: [String: Int] = [:]
            for said in member.heard {
                #expect(said.to == member.id && said.room == member.room, "\(member.id) has heard \(said)")
                #expect(said.number > last[said.from, default: 0], "\(said) came after \(last[said.from, default: 0])")
                last[said.from] = said.number
            }
        }
    }

    func end() async {
        await withTaskGroup { group in
            for member in members { group.addTask { await member.close() } }
        }
        for server in servers { server.send(signal: SIGKILL) }
        for server in servers { _ = await server.end() }
        for way in ways { await way.close() }
        await redis.kill()
    }

    /// Looks again after each event of a member.
    private func wait(_ time: Duration, _ what: () -> String, _ isSo: () -> Bool) async throws {
        let end = ContinuousClock.now + time
        let nanoseconds = Int64(max(0, time / .nanoseconds(1)))
        let clock = MultiThreadedEventLoopGroup.singleton.next().scheduleTask(in: .nanoseconds(nanoseconds)) {
            [changes] in
            changes.push(())
        }
        defer { clock.cancel() }
        while !isSo() {
            guard ContinuousClock.now < end, await changes.next() != nil else {
                throw TimeUp(description: "not within \(time): \(what())")
            }
        }
    }
}
