import Election
import Testing

@Suite("Votes for a leader")
struct VoteTests {
    private typealias Kind = ElectionMessage.Kind

    private static func contender(_ rank: UInt64) -> Contender { LeaderElectionTests.contender(rank) }
    private static func id(_ rank: UInt64) -> ContenderID { contender(rank).id }
    private static func ms(_ count: Int) -> Duration { .milliseconds(count) }

    /// A node of rank 5 that follows the one of rank 9, which leads in term 1, beside those of rank 3 and 4; as of 600 ms.
    private static func follower() -> LeaderElection {
        var election = LeaderElection(own: contender(5), at: .zero)
        for rank in [UInt64(9), 4, 3] {
            _ = election.contenderSeen(contender(rank), at: ms(100))
            _ = election.linkOpened(to: id(rank), at: ms(100))
            _ = election.received(.init(.state(leader: nil), number: 0), from: id(rank), at: ms(100))
        }
        _ = election.received(.init(.state(leader: id(9)), number: 1), from: id(9), at: ms(600))
        #expect(election.leader == contender(9) && election.term == Term(1, leader: id(9)))
        return election
    }

    private static func said(_ actions: [LeaderElection.Action], to id: ContenderID) -> [ElectionMessage] {
        actions.compactMap { if case .send(let message, id) = $0 { message } else { nil } }
    }

    /// Time passes in the steps that the election asks for.
    private static func pass(_ election: inout LeaderElection, to end: Duration) -> [LeaderElection.Action] {
        var actions: [LeaderElection.Action] = []
        while let next = election.nextDeadline, next <= end { actions += election.advance(to: next) }
        return actions + election.advance(to: end)
    }

    @Test("a leader that is silent is deposed by the votes of all that are left")
    func silence() {
        var election = Self.follower()
        var actions = Self.pass(&election, to: Self.ms(1_599))
        #expect(Self.said(actions, to: Self.id(3)).isEmpty && !election.isLeader)
        actions = election.advance(to: Self.ms(1_600))
        for rank in [UInt64(3), 4] {
            #expect(Self.said(actions, to: Self.id(rank)).contains(.init(.preVote, number: 2)))
        }
        #expect(Self.said(actions, to: Self.id(9)).allSatisfy { $0.kind == .query }, "who is silent is not asked")
        let yes = Kind.answer(isPreVote: true, isGranted: true)
        #expect(election.received(.init(yes, number: 2), from: Self.id(3), at: Self.ms(1_602)).isEmpty)
        actions = election.received(.init(yes, number: 2), from: Self.id(4), at: Self.ms(1_603))
        #expect(Self.said(actions, to: Self.id(3)) == [.init(.vote, number: 2)])
        let vote = Kind.answer(isPreVote: false, isGranted: true)
        #expect(election.received(.init(vote, number: 2), from: Self.id(3), at: Self.ms(1_604)).isEmpty)
        actions = election.received(.init(vote, number: 2), from: Self.id(4), at: Self.ms(1_605))
        #expect(actions.contains(.leaderChanged(Self.contender(5), Term(2, leader: Self.id(5)))))
        #expect(Self.said(actions, to: Self.id(9)) == [.init(.state(leader: Self.id(5)), number: 2)])
    }

    @Test("a leader that somebody else hears is not deposed")
    func confirmation() {
        var election = Self.follower()
        _ = Self.pass(&election, to: Self.ms(1_600))
        _ = election.received(.init(.state(leader: Self.id(9)), number: 1), from: Self.id(4), at: Self.ms(1_602))
        let no = Kind.answer(isPreVote: true, isGranted: false)
        _ = election.received(.init(no, number: 2), from: Self.id(4), at: Self.ms(1_602))
        let yes = Kind.answer(isPreVote: true, isGranted: true)
        _ = election.received(.init(yes, number: 2), from: Self.id(3), at: Self.ms(1_603))
        #expect(election.leader == Self.contender(9))
        // It asks again, and less often each time.
        var times: [Duration] = []
        for time in stride(from: 1_610, to: 9_000, by: 10) {
            let actions = election.advance(to: Self.ms(time))
            guard Self.said(actions, to: Self.id(4)).contains(where: { $0.kind == .preVote }) else { continue }
            times.append(Self.ms(time))
            _ = election.received(
                .init(no, number: Self.said(actions, to: Self.id(4)).map(\.number).max() ?? 0), from: Self.id(4),
                at: Self.ms(time))
        }
        #expect((4...7).contains(times.count) && election.leader == Self.contender(9), "\(times)")
    }

    @Test(
        "a leader that is doubted has a moment to say something, and keeps its place if it does",
        arguments: [true, false])
    func doubt(answers: Bool) {
        var election = Self.follower()
        let actions = election.contenderDoubted(Self.id(9), at: Self.ms(700))
        #expect(Self.said(actions, to: Self.id(9)) == [.init(.query, number: 1)])
        if answers {
            _ = election.received(.init(.state(leader: Self.id(9)), number: 1), from: Self.id(9), at: Self.ms(760))
        }
        let asked = Self.said(Self.pass(&election, to: Self.ms(850)), to: Self.id(3)).contains { $0.kind == .preVote }
        #expect(asked == !answers)
        #expect(
            election.contenderDoubted(Self.id(3), at: Self.ms(851)).allSatisfy {
                $0 != .leaderChanged(Self.contender(5), Term())
            })
    }

    @Test("each has one vote in a term, and it is not for somebody worse, nor while a leader is heard")
    func oneVote() {
        var election = LeaderElection(own: Self.contender(5), at: .zero)
        for rank in [UInt64(3), 8, 9] { _ = election.contenderSeen(Self.contender(rank), at: Self.ms(0)) }
        for rank in [UInt64(3), 8, 9] {
            _ = election.received(.init(.state(leader: nil), number: 0), from: Self.id(rank), at: Self.ms(1))
        }
        func answer(_ election: inout LeaderElection, _ kind: Kind, _ number: UInt64, _ rank: UInt64, _ time: Int)
            -> Bool?
        {
            let message = ElectionMessage(kind, number: number)
            for reply in Self.said(
                election.received(message, from: Self.id(rank), at: Self.ms(time)), to: Self.id(rank))
            {
                if case .answer(_, let isGranted) = reply.kind { return isGranted }
            }
            return nil
        }
        #expect(answer(&election, .preVote, 1, 3, 600) == false, "it is worse")
        #expect(answer(&election, .preVote, 1, 8, 601) == true)
        #expect(answer(&election, .preVote, 1, 9, 602) == true, "that was no vote")
        #expect(answer(&election, .vote, 1, 8, 603) == true)
        #expect(answer(&election, .vote, 1, 9, 604) == false)
        #expect(answer(&election, .vote, 1, 8, 605) == true, "it has this one's vote")
        #expect(answer(&election, .vote, 2, 9, 606) == true)
        #expect(answer(&election, .vote, 1, 8, 607) == false)
        _ = election.received(.init(.state(leader: Self.id(9)), number: 2), from: Self.id(9), at: Self.ms(610))
        #expect(answer(&election, .preVote, 3, 8, 620) == false, "the leader is there")
        #expect(answer(&election, .preVote, 3, 7, 620) == false, "nobody knows it")
    }

    @Test("a leader that hears of a higher term steps down; of a lower one it says what it knows")
    func staleLeader() {
        var election = LeaderElection(own: Self.contender(5), at: .zero)
        _ = election.advance(to: Self.ms(500))
        #expect(election.isLeader && election.term == Term(1, leader: Self.id(5)))
        _ = election.contenderSeen(Self.contender(3), at: Self.ms(510))
        let lower = election.received(.init(.state(leader: nil), number: 0), from: Self.id(3), at: Self.ms(520))
        #expect(Self.said(lower, to: Self.id(3)).first == .init(.state(leader: Self.id(5)), number: 1))
        let higher = election.received(.init(.state(leader: Self.id(3)), number: 7), from: Self.id(3), at: Self.ms(600))
        #expect(higher.contains(.leaderChanged(Self.contender(3), Term(7, leader: Self.id(3)))))
        #expect(Self.said(higher, to: Self.id(3)) == [.init(.preVote, number: 8)], "it is the better one")
    }

    @Test("who was stopped doubts itself before it deposes anybody")
    func stopped() {
        var election = Self.follower()
        var actions = election.advance(to: Self.ms(60_000))
        #expect(Self.said(actions, to: Self.id(3)).isEmpty && election.leader == Self.contender(9))
        actions = election.received(.init(.state(leader: Self.id(9)), number: 1), from: Self.id(9), at: Self.ms(60_010))
        #expect(actions.isEmpty)
        actions = Self.pass(&election, to: Self.ms(61_010))
        #expect(Self.said(actions, to: Self.id(3)).contains(.init(.preVote, number: 2)), "now it was silent")
    }

    @Test("nobody counts as far as a number says that a stranger has made up")
    func hugeNumbers() {
        var election = Self.follower()
        for kind in [
            Kind.state(leader: Self.id(3)), .query, .vote, .preVote, .answer(isPreVote: false, isGranted: true),
        ] {
            _ = election.received(.init(kind, number: .max), from: Self.id(3), at: Self.ms(700))
            _ = election.received(.init(kind, number: 1 << 63), from: Self.id(3), at: Self.ms(700))
        }
        #expect(election.term == Term(1, leader: Self.id(9)))
        _ = election.received(.init(.state(leader: Self.id(3)), number: .max / 2), from: Self.id(3), at: Self.ms(701))
        #expect(election.leader == Self.contender(3))
        _ = Self.pass(&election, to: Self.ms(5_000))
    }
}
