import Election
import TestSupport
import Testing

/// Nodes that announce themselves once a second over a link that delays, loses, repeats and reorders.
private struct Village {
    private struct Letter {
        let time: Int
        let to: Int
        let from: Int
        let isGoodbye: Bool
    }

    static let configuration = ElectionConfiguration(silenceLimit: .milliseconds(8_000))

    private(set) var nodes: [LeaderElection]
    private(set) var changes: [[Term]]
    private(set) var isRunning: [Bool]
    private var side: [Int]
    private var letters: [Letter] = []
    private var random: SeededGenerator
    private(set) var now = 0

    init(_ contenders: [Contender], seed: UInt64) {
        random = SeededGenerator(seed: seed)
        nodes = contenders.map { LeaderElection(own: $0, configuration: Self.configuration, at: .zero) }
        changes = Array(repeating: [], count: contenders.count)
        isRunning = Array(repeating: true, count: contenders.count)
        side = Array(repeating: 0, count: contenders.count)
    }

    /// What every running node of a side should name.
    func best(side wanted: Int = 0) -> ContenderID? {
        members(wanted).map { nodes[$0].own }.max { $0.ballot < $1.ballot }?.id
    }

    func leaders(side wanted: Int = 0) -> Set<ContenderID?> {
        Set(members(wanted).map { nodes[$0].leader?.id })
    }

    func changeCount() -> Int { changes.map(\.count).reduce(0, +) }

    mutating func split(_ isRight: (Int) -> Bool) {
        for index in nodes.indices { side[index] = isRight(index) ? 1 : 0 }
    }

    mutating func stop(_ index: Int, sayingGoodbye: Bool) {
        isRunning[index] = false
        if sayingGoodbye { post(from: index, isGoodbye: true) }
    }

    mutating func start(_ index: Int) {
        isRunning[index] = true
        changes[index] = []
        let own = nodes[index].own
        nodes[index] = LeaderElection(own: own, configuration: Self.configuration, at: .milliseconds(now))
    }

    mutating func run(milliseconds: Int) {
        let end = now + milliseconds
        while now < end {
            now += 10
            for index in nodes.indices where isRunning[index] {
                if (now + index * 70) % 1_000 == 0 { post(from: index, isGoodbye: false) }
                record(nodes[index].advance(to: .milliseconds(now)), of: index)
            }
            let due = letters.filter { $0.time <= now }
            letters.removeAll { $0.time <= now }
            for letter in due.shuffled(using: &random) where isRunning[letter.to] { deliver(letter) }
        }
    }

    private mutating func deliver(_ letter: Letter) {
        let time = Duration.milliseconds(now)
        let sender = nodes[letter.from].own
        let actions =
            letter.isGoodbye
            ? nodes[letter.to].contenderVanished(sender.id, at: time) : nodes[letter.to].contenderSeen(sender, at: time)
        record(actions, of: letter.to)
    }

    private mutating func post(from: Int, isGoodbye: Bool) {
        for to in nodes.indices where to != from && side[to] == side[from] {
            guard isGoodbye || Int.random(in: 0..<100, using: &random) >= 15 else { continue }
            for _ in 0..<(Int.random(in: 0..<5, using: &random) == 0 ? 2 : 1) {
                let delay = Int.random(in: 0...120, using: &random)
                letters.append(Letter(time: now + delay, to: to, from: from, isGoodbye: isGoodbye))
            }
        }
    }

    private mutating func record(_ actions: [LeaderElection.Action], of index: Int) {
        for case .leaderChanged(_, let term) in actions { changes[index].append(term) }
    }

    private func members(_ wanted: Int) -> [Int] {
        nodes.indices.filter { isRunning[$0] && side[$0] == wanted }
    }
}

@Suite("Elections in a simulated network")
struct ElectionSimulationTests {
    private static func contenders(_ count: Int, seed: UInt64) -> [Contender] {
        var random = SeededGenerator(seed: seed)
        return (0..<count).map { _ in
            // Few values, so that ties are common and the id decides.
            let priority = Priority(
                deviceScore: UInt32.random(in: 1...2, using: &random),
                startTime: UInt64.random(in: 1...3, using: &random))
            return Contender(id: ContenderID(high: random.next(), low: random.next()), priority: priority)
        }
    }

    @Test("whatever the order, delay, loss and repetition, all name the best and stay with it", arguments: 1...12)
    func convergence(seed: Int) {
        let count = 2 + seed % 8
        var village = Village(Self.contenders(count, seed: UInt64(seed)), seed: UInt64(seed) &* 31)
        village.run(milliseconds: 12_000)
        #expect(village.leaders() == [village.best()])
        let before = village.changeCount()
        village.run(milliseconds: 60_000)
        #expect(village.leaders() == [village.best()])
        #expect(village.changeCount() == before, "nobody changes a leader that is there")
        #expect(village.changes.allSatisfy { $0 == $0.sorted() && Set($0).count == $0.count })
    }

    @Test("a leader that says goodbye is replaced within its message's delay, one that dies within the limit")
    func leaderLeaves() {
        for (seed, goodbye) in [(UInt64(1), true), (2, true), (3, false), (4, false)] {
            var village = Village(Self.contenders(6, seed: seed), seed: seed)
            village.run(milliseconds: 12_000)
            guard let leader = village.nodes.indices.first(where: { village.nodes[$0].isLeader }) else {
                Issue.record("no leader")
                continue
            }
            let old = village.best()
            village.stop(leader, sayingGoodbye: goodbye)
            // Announcements of the last 120 ms may still overtake the goodbye; then it takes the limit.
            village.run(milliseconds: 8_300)
            #expect(village.best() != old)
            #expect(village.leaders() == [village.best()])
            village.start(leader)
            village.run(milliseconds: 12_000)
            #expect(village.best() == old)
            #expect(village.leaders() == [old])
        }
    }

    @Test("each part of a split network has one leader, and the whole has one again", arguments: 1...6)
    func partition(seed: UInt64) {
        var village = Village(Self.contenders(7, seed: seed), seed: seed)
        village.run(milliseconds: 12_000)
        village.split { $0 % 2 == 1 }
        village.run(milliseconds: 20_000)
        #expect(village.leaders(side: 0) == [village.best(side: 0)])
        #expect(village.leaders(side: 1) == [village.best(side: 1)])
        #expect(village.best(side: 0) != village.best(side: 1))
        village.split { _ in false }
        village.run(milliseconds: 12_000)
        #expect(village.leaders() == [village.best()])
        let before = village.changeCount()
        village.run(milliseconds: 30_000)
        #expect(village.changeCount() == before)
        #expect(village.changes.allSatisfy { $0 == $0.sorted() && Set($0).count == $0.count })
    }

    @Test("a best node that restarts again and again changes the leader a few times only")
    func flapping() {
        var village = Village(Self.contenders(5, seed: 9), seed: 9)
        village.run(milliseconds: 12_000)
        guard let best = village.nodes.indices.first(where: { village.nodes[$0].isLeader }),
            let witness = village.nodes.indices.first(where: { $0 != best })
        else {
            Issue.record("no leader")
            return
        }
        let before = village.changes[witness].count
        for _ in 0..<40 {
            village.stop(best, sayingGoodbye: true)
            village.run(milliseconds: 1_000)
            village.start(best)
            village.run(milliseconds: 3_000)
        }
        #expect(village.changes[witness].count - before <= 8)
        village.run(milliseconds: 20_000)
        #expect(village.leaders() == [village.best()])
    }

    @Test("random events and messages never repeat a term, and never ask for a time that is over", arguments: 1...4)
    func randomEvents(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let others = Self.contenders(8, seed: seed)
        let own = Contender(id: ContenderID(high: 1, low: 1), priority: Priority(startTime: 2))
        var election = LeaderElection(own: own, configuration: Village.configuration, at: .zero)
        var (now, latest) = (0, 0)
        var last = Term()
        for _ in 0..<5_000 {
            now += Int.random(in: -50...700, using: &random)
            let time = Duration.milliseconds(now)
            guard var other = others.randomElement(using: &random) else { continue }
            other.priority.deviceScore = UInt32.random(in: 0...3, using: &random)
            let kinds: [ElectionMessage.Kind] = [
                .state(leader: nil), .state(leader: other.id), .state(leader: own.id), .query, .preVote, .vote,
                .answer(isPreVote: .random(using: &random), isGranted: .random(using: &random)),
            ]
            let said = ElectionMessage(
                kinds.randomElement(using: &random) ?? .query,
                number: election.term.number &+ UInt64.random(in: 0...3, using: &random) &- 1)
            let actions: [LeaderElection.Action] =
                switch Int.random(in: 0..<10, using: &random) {
                case 0, 1: election.contenderSeen(other, at: time)
                case 2: election.contenderHeard(other.id, at: time)
                case 3: election.contenderFellSilent(other.id, at: time)
                case 4: election.contenderVanished(other.id, at: time)
                case 5: election.contenderDoubted(other.id, at: time)
                case 6: election.linkOpened(to: other.id, at: time)
                case 7: election.linkClosed(to: other.id, at: time)
                case 8: election.received(said, from: other.id, at: time)
                default: election.advance(to: time)
                }
            for case .leaderChanged(let leader, let term) in actions {
                #expect(term > last)
                #expect(leader == election.leader)
                last = term
            }
            latest = max(latest, now)
            #expect(election.nextDeadline.map { $0 > .milliseconds(latest) } ?? true, "it asks for what is over")
        }
    }
}
