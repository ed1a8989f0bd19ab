import SharedState
import TestSupport
import Testing

@Suite("Replicas of the shared state")
struct StateReplicaTests {
    private static let start: UInt64 = 1_800_000_000_000

    private static func time(_ milliseconds: UInt64) -> StateTime {
        StateTime(monotonic: .milliseconds(milliseconds), milliseconds: start + milliseconds)
    }

    private static func replica(
        _ name: String, limits: StateLimits = StateLimits(), peers: [String] = []
    ) throws -> StateReplica {
        var replica = StateReplica(id: try #require(ReplicaID(name)), limits: limits, at: time(0))
        for peer in peers { _ = replica.linkOpened(to: try #require(ReplicaID(peer)), at: time(0)) }
        return replica
    }

    private static func entry(_ key: String, _ json: String?, _ time: UInt64, by replica: String, seen: UInt64? = nil)
        throws -> StateEntry
    {
        try StateMessageTests.entry(
            key, json, "\(start + time).0.\(replica)", seen: seen.map { "\(start + $0).0.\(replica)" })
    }

    private static func code(_ call: () throws -> Void) -> StateError.Code? {
        do {
            try call()
            return nil
        } catch {
            return (error as? StateError)?.code
        }
    }

    private static func changes(_ actions: [StateAction]) -> [StateChange] {
        actions.compactMap { if case .changed(let change) = $0 { change } else { nil } }
    }

    private static func conflicts(_ actions: [StateAction]) -> [StateConflict] {
        actions.compactMap { if case .conflict(let conflict) = $0 { conflict } else { nil } }
    }

    private static func reports(_ actions: [StateAction]) -> [StateReport] {
        actions.compactMap { if case .report(let report) = $0 { report } else { nil } }
    }

    @Test("a write is stored, told of, and sent to all at once, with what its writer saw")
    func write() throws {
        var replica = try Self.replica("a", peers: ["b", "c"])
        let key = try StateMessageTests.key("k")
        let first = try replica.write(Array("1".utf8), for: key, at: Self.time(5)).actions
        let entry = try #require(replica.entry(for: key))
        let peers = replica.connectedPeers
        #expect(
            first == [
                .persist(.entry(entry)), .changed(try #require(Self.changes(first).first)),
                .send(peers, .entries([entry], acknowledge: nil)),
            ])
        #expect(entry.timestamp.description == "\(Self.start + 5).0.a" && entry.seen == nil)
        let (number, second) = try replica.write(nil, for: key, wantsAcknowledgement: true, at: Self.time(5))
        let deletion = try #require(replica.entry(for: key))
        #expect(deletion.isDeletion && deletion.seen == entry.timestamp && deletion.timestamp.counter == 1)
        #expect(second.contains(.send(peers, .entries([deletion], acknowledge: number))))
        #expect(Self.changes(second).first?.previous == entry)
        // There is nothing to delete any more, and never was of another.
        let nothing = try replica.write(nil, for: key, at: Self.time(6)).actions
        #expect(nothing.isEmpty)
        let never = try replica.write(nil, for: StateMessageTests.key("other"), at: Self.time(6)).actions
        #expect(never.isEmpty)
    }

    @Test("who has what was sent says so, also where something later is there")
    func acknowledgements() throws {
        var replica = try Self.replica("a", peers: ["b"])
        let b = try #require(ReplicaID("b"))
        for time in [5, 4] as [UInt64] {
            let entry = try Self.entry("k", "\(time)", time, by: "b")
            let actions = replica.receive(.entries([entry], acknowledge: time), from: b, at: Self.time(9))
            #expect(actions.last { if case .acknowledge = $0 { true } else { false } } == .acknowledge(b, time))
        }
        let actions = replica.receive(.acknowledgement(3, isStored: true), from: b, at: Self.time(9))
        #expect(actions == [.acknowledged(3, by: b, isStored: true)])
    }

    @Test("of two writes that did not know of each other both values are shown, once, in whatever order they come")
    func conflicts() throws {
        let b = try #require(ReplicaID("b"))
        let older = try Self.entry("k", "\"old\"", 5, by: "b")
        let newer = try Self.entry("k", "\"new\"", 7, by: "c")
        for order in [[older, newer], [newer, older], [newer, older, older, newer]] {
            var replica = try Self.replica("a", peers: ["b"])
            let actions = replica.receive(.entries(order, acknowledge: nil), from: b, at: Self.time(9))
            let found = Self.conflicts(actions)
            #expect(found.count == 1 && found.first?.kept == newer && found.first?.lost == older)
            #expect(replica.entry(for: newer.key) == newer && replica.statistics.conflicts == 1)
        }
        // One that has seen the other is none, nor is one that has seen something later.
        let knowing = try StateMessageTests.entry("k", "3", "\(Self.start + 8).0.c", seen: older.timestamp.description)
        var replica = try Self.replica("a", peers: ["b"])
        let found = Self.conflicts(
            replica.receive(.entries([older, knowing, older], acknowledge: nil), from: b, at: Self.time(9)))
        #expect(found.isEmpty)
    }

    @Test("a conflict that a comparison brings up is shown at both ends")
    func conflictAtBoth() throws {
        var nodes = [try Self.replica("a"), try Self.replica("b")]
        for index in 0...1 {
            _ = try nodes[index].write(
                [0x31 + UInt8(index)], for: StateMessageTests.key("k"), at: Self.time(UInt64(index)))
        }
        let ids = nodes.map(\.id)
        var letters: [(to: Int, StateMessage)] = []
        var found: [[StateConflict]] = [[], []]
        func perform(_ actions: [StateAction], at index: Int) {
            found[index] += Self.conflicts(actions)
            for case .send(_, let message) in actions { letters.append((1 - index, message)) }
        }
        for index in 0...1 { perform(nodes[index].linkOpened(to: ids[1 - index], at: Self.time(5)), at: index) }
        var count = 0
        while !letters.isEmpty {
            let (index, message) = letters.removeFirst()
            count += 1
            perform(nodes[index].receive(message, from: ids[1 - index], at: Self.time(6)), at: index)
        }
        #expect(found[0].count == 1 && found[0] == found[1] && count < 10)
        #expect(nodes[0].entries == nodes[1].entries && nodes[0].entries.first?.value == [0x32])
    }

    @Test("an entry that is more than a minute ahead is taken, marked, said once, and overwritten by who has seen it")
    func ahead() throws {
        let b = try #require(ReplicaID("b"))
        var replica = try Self.replica("a", peers: ["b"])
        let key = try StateMessageTests.key("k")
        var actions: [StateAction] = []
        for number in 0..<5 {
            let entry = try Self.entry("k\(number % 2 == 0 ? "" : "2")", "\(number)", 60_100 + UInt64(number), by: "b")
            actions += replica.receive(.entries([entry], acknowledge: nil), from: b, at: Self.time(0))
        }
        #expect(Self.changes(actions).allSatisfy(\.isClockAhead) && Self.changes(actions).count == 5)
        #expect(Self.reports(actions) == [.clockAhead(b, milliseconds: 60_100)])
        _ = try replica.write(Array("\"mine\"".utf8), for: key, at: Self.time(1))
        #expect(replica.entry(for: key)?.value == Array("\"mine\"".utf8))
        _ = try replica.write(Array("1".utf8), for: StateMessageTests.key("other"), at: Self.time(2))
        #expect(replica.entry(for: try StateMessageTests.key("other"))?.timestamp.milliseconds == Self.start + 2)
        // Even the last there can be is no last word.
        let last = try StateMessageTests.entry("k", "1", "\(Self.start + 900_000_000_000).4294967295.~")
        _ = replica.receive(.entries([last], acknowledge: nil), from: b, at: Self.time(3))
        _ = try replica.write(Array("\"again\"".utf8), for: key, at: Self.time(4))
        #expect(replica.entry(for: key)?.value == Array("\"again\"".utf8))
        var other = try Self.replica("c", peers: ["a"])
        let again = try #require(replica.entry(for: key))
        _ = other.receive(.entries([last, again], acknowledge: nil), from: replica.id, at: Self.time(5))
        #expect(other.entry(for: key) == again)
        // Said of others, too, but never of more than 30 years.
        let unbelievable = try StateMessageTests.entry("k", "1", "\(Self.start + 1_000_000_000_000).0.d")
        let refused = replica.receive(.entries([unbelievable], acknowledge: 1), from: b, at: Self.time(6))
        #expect(refused.count == 1 && Self.reports(refused).count == 1)
        #expect(replica.entry(for: key) == again && replica.statistics.refused == 1)
    }

    @Test("of two entries with one timestamp all keep the same")
    func equivocation() throws {
        let b = try #require(ReplicaID("b"))
        let entries = [
            try Self.entry("k", "1", 5, by: "b"), try Self.entry("k", "2", 5, by: "b"),
            try Self.entry("k", nil, 5, by: "b"),
        ]
        var kept: Set<StateEntry> = []
        for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0], [0, 2, 1]] {
            var replica = try Self.replica("a", peers: ["b"])
            for index in order {
                _ = replica.receive(.entries([entries[index]], acknowledge: nil), from: b, at: Self.time(9))
            }
            kept.insert(try #require(replica.entries.first))
        }
        #expect(kept == [entries[2]])
    }

    @Test("of two values with one timestamp all keep the same")
    func equalTimes() throws {
        let b = try #require(ReplicaID("b"))
        let entries = [try Self.entry("k", "1", 5, by: "b"), try Self.entry("k", "2", 5, by: "b")]
        for order in [entries, entries.reversed()] {
            var replica = try Self.replica("a", peers: ["b"])
            for entry in order { _ = replica.receive(.entries([entry], acknowledge: nil), from: b, at: Self.time(9)) }
            #expect(replica.entries == [entries[1]])
        }
    }

    @Test("what a comparison brings up is taken for deleted only if it would be known")
    func horizon() throws {
        let b = try #require(ReplicaID("b"))
        let week = 8 * 86_400_000 as UInt64
        var replica = try Self.replica("a")
        let horizon = try StateMessageTests.stamp("\(Self.start + 1000).0.b")
        let stored = StoredState(horizon: horizon, inStep: Self.start + 500)
        _ = replica.restore(stored, at: Self.time(week))
        _ = replica.linkOpened(to: b, at: Self.time(week))
        let times: [UInt64] = [400, 501, 1001]
        let entries = try times.map { try Self.entry("k\($0)", "1", $0, by: "b") }
        let actions = replica.receive(.answer(entries, next: nil), from: b, at: Self.time(week))
        #expect(replica.entries.map(\.isDeletion) == [false, true, false] && replica.statistics.refused == 1)
        // Whoever has it learns that it was deleted, by a write that is later than it.
        let deletion = try #require(replica.entry(for: entries[0].key))
        #expect(deletion.seen == entries[0].timestamp && deletion.timestamp > entries[0].timestamp)
        #expect(actions.contains(.send([b], .entries([deletion], acknowledge: nil))))
        // What is just being written is new, whatever the clock of its writer says.
        let late = try Self.entry("late", "1", 300, by: "b")
        let taken = replica.receive(.entries([late], acknowledge: 4), from: b, at: Self.time(week))
        #expect(replica.entry(for: late.key) == late && taken.contains(.acknowledge(b, 4)))
        // And a write here is later than all that may be taken for deleted.
        var behind = try Self.replica("c")
        _ = behind.restore(stored, at: Self.time(0))
        _ = try behind.write([0x31], for: late.key, at: Self.time(0))
        #expect(behind.entry(for: late.key)?.timestamp ?? horizon > horizon)
    }

    @Test("what does not fit into one answer is asked for at once, and no answer is too long")
    func longAnswers() throws {
        var (holder, joiner) = (try Self.replica("b", peers: ["a"]), try Self.replica("a", peers: ["b"]))
        let text = Array("\"\(String(repeating: "x", count: 25_000))\"".utf8)
        for number in 0..<40 { _ = try holder.write(text, for: StateMessageTests.key("\(number)"), at: Self.time(1)) }
        var actions = joiner.receive(
            .ranges([RangeDigest(range: StateRange(), count: 40, hash: 1)], horizon: nil), from: holder.id,
            at: Self.time(2))
        var rounds = 0
        while rounds < 100 {
            let questions = actions.compactMap { if case .send(_, let message) = $0 { message } else { nil } }
            guard let question = questions.first else { break }
            rounds += 1
            #expect(questions.count == 1)
            for case .send(_, let answer) in holder.receive(question, from: joiner.id, at: Self.time(2)) {
                #expect(answer.serialized().utf8.count <= StateMessage.maximumBytes)
                actions = joiner.receive(answer, from: holder.id, at: Self.time(2))
            }
        }
        #expect(joiner.entries == holder.entries && rounds == 20)
    }

    @Test("what does not fit is refused and said once; deletions make room before their time")
    func full() throws {
        let b = try #require(ReplicaID("b"))
        var replica = try Self.replica("a", limits: StateLimits(entries: 3), peers: ["b"])
        for name in ["a", "b", "c"] {
            _ = try replica.write([0x31], for: StateMessageTests.key(name), at: Self.time(1))
        }
        let refusal = Self.code { _ = try replica.write([0x31], for: StateMessageTests.key("d"), at: Self.time(2)) }
        #expect(refusal == .full)
        let more = [try Self.entry("d", "1", 3, by: "b"), try Self.entry("e", "1", 3, by: "b")]
        let actions = replica.receive(.entries(more, acknowledge: 1), from: b, at: Self.time(3))
        #expect(actions.count == 1 && Self.reports(actions) == [.full(entries: 3, bytes: replica.statistics.bytes)])
        // What is there can be written all the same, and deleted.
        _ = try replica.write([0x32], for: StateMessageTests.key("a"), at: Self.time(4))
        _ = try replica.write(nil, for: StateMessageTests.key("a"), at: Self.time(5))
        let still = Self.code { _ = try replica.write([0x31], for: StateMessageTests.key("d"), at: Self.time(6)) }
        #expect(still == .full)
        let hour = Self.time(3_601_000)
        let made = try replica.write([0x31], for: StateMessageTests.key("d"), at: hour).actions
        #expect(made.contains(.persist(.forgotten(try StateMessageTests.key("a")))))
        #expect(replica.statistics.values == 3 && replica.statistics.deletions == 0)
        // The same of bytes.
        var small = try Self.replica("a", limits: StateLimits(bytes: 1024))
        let text = Array("\"\(String(repeating: "x", count: 700))\"".utf8)
        _ = try small.write(text, for: StateMessageTests.key("a"), at: hour)
        let second = Self.code { _ = try small.write(text, for: StateMessageTests.key("b"), at: hour) }
        #expect(second == .full)
        _ = try small.write(text, for: StateMessageTests.key("a"), at: hour)
    }

    @Test("a peer gets no more answers than it may, and its claims change nothing", arguments: 1...3)
    func greed(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let b = try #require(ReplicaID("b"))
        var replica = try Self.replica("a", peers: ["b"])
        for number in 0..<60 {
            _ = try replica.write([0x31], for: StateMessageTests.key("\(number)"), at: Self.time(1))
        }
        let before = replica.entries
        var (answers, bytes) = (0, 0)
        for _ in 0..<2000 {
            let key = try StateMessageTests.key("\(Int.random(in: 0..<90, using: &random))")
            let range = StateRange(from: key, to: Bool.random(using: &random) ? key : nil)
            let digest = RangeDigest(range: range, count: .max, hash: random.next())
            let held = EntryDigest(key: key, timestamp: try StateMessageTests.stamp("1.0.b"), hash: 1)
            let message: StateMessage =
                switch Int.random(in: 0...5, using: &random) {
                case 0: .wantedRange(StateRange())
                case 1: .wantedKeys(Array(repeating: key, count: 32))
                case 2:
                    .ranges(
                        Array(repeating: digest, count: 16), horizon: try StateMessageTests.stamp("1800000000000.0.b"))
                case 3: .held([held], all: range)
                case 4: .answer([], next: key)
                default: .held(Array(repeating: held, count: 32), all: nil)
                }
            for case .send(_, let message) in replica.receive(message, from: b, at: Self.time(2)) {
                answers += 1
                bytes += message.serialized().utf8.count
            }
        }
        #expect(answers <= 3 * 1024 && bytes < 64 << 20)
        #expect(replica.entries == before)
    }

    @Test("what a stranger says, and what nobody understands, is counted and dropped")
    func strangers() throws {
        var replica = try Self.replica("a", peers: ["b"])
        let c = try #require(ReplicaID("c"))
        let ofStranger = replica.receive("{\"type\":\"wanted\",\"keys\":[]}", from: c, at: Self.time(1))
        #expect(ofStranger.isEmpty)
        let unknown = replica.receive("{\"type\":\"later\"}", from: try #require(ReplicaID("b")), at: Self.time(1))
        #expect(unknown.isEmpty)
        #expect(replica.statistics.ignored == 2)
        let itself = replica.linkOpened(to: replica.id, at: Self.time(1))
        #expect(itself.isEmpty)
    }
}
