import Election
import TestSupport
import Testing

@Suite("Leader election")
struct LeaderElectionTests {
    /// The larger the rank, the better the contender.
    static func contender(_ rank: UInt64) -> Contender {
        Contender(id: ContenderID(high: 7, low: rank), priority: Priority(startTime: 1_000_000 - rank))
    }

    private static func ms(_ count: Int) -> Duration { .milliseconds(count) }

    /// A node of rank 5 that has been alone, and its own leader, since 500 ms.
    private static func established(silenceLimit: Duration? = nil, most: Int = 100) -> LeaderElection {
        let configuration = ElectionConfiguration(
            settleDelay: ms(500), longestProbation: ms(4_000), flapMemory: ms(60_000), silenceLimit: silenceLimit,
            mostContenders: most)
        var election = LeaderElection(own: contender(5), configuration: configuration, at: .zero)
        _ = election.advance(to: ms(500))
        return election
    }

    @Test("a node that hears nobody leads after the settle delay, not before")
    func alone() {
        var election = LeaderElection(own: Self.contender(5), at: Self.ms(100))
        #expect(election.nextDeadline == Self.ms(600))
        #expect(election.advance(to: Self.ms(599)).isEmpty)
        #expect(election.leader == nil && !election.isLeader && election.term == Term(0))
        #expect(
            election.advance(to: Self.ms(600)) == [
                .leaderChanged(Self.contender(5), Term(1, leader: Self.contender(5).id))
            ])
        #expect(election.isLeader && election.nextDeadline == nil)
        #expect(election.advance(to: Self.ms(10_000)).isEmpty)
    }

    @Test("a newcomer names the best of those it heard while it settled, and never itself before")
    func newcomer() {
        var election = LeaderElection(own: Self.contender(5), at: .zero)
        for (rank, time) in [(UInt64(3), 10), (9, 490), (7, 495)] {
            #expect(election.contenderSeen(Self.contender(rank), at: Self.ms(time)).isEmpty)
        }
        #expect(election.contenderVanished(Self.contender(7).id, at: Self.ms(499)).isEmpty)
        #expect(election.advance(to: Self.ms(500)) == [.leaderChanged(Self.contender(9), Term(1))])
        #expect(election.contenders == [9, 5, 3].map(Self.contender))
    }

    @Test("a better contender takes over after its probation, a worse one never")
    func takeover() {
        var election = Self.established()
        #expect(election.contenderSeen(Self.contender(3), at: Self.ms(1_000)).isEmpty)
        #expect(election.nextDeadline == nil)
        #expect(election.contenderSeen(Self.contender(8), at: Self.ms(2_000)).isEmpty)
        #expect(election.isLeader && election.nextDeadline == Self.ms(2_500))
        #expect(election.contenderSeen(Self.contender(8), at: Self.ms(2_400)).isEmpty, "seen again is not a new start")
        #expect(election.advance(to: Self.ms(2_499)).isEmpty)
        #expect(election.advance(to: Self.ms(2_500)) == [.leaderChanged(Self.contender(8), Term(2))])
        #expect(election.nextDeadline == nil)
    }

    @Test("when the leader vanishes the best that is there leads at once, in probation or not")
    func leaderVanishes() {
        var election = Self.established()
        _ = election.contenderSeen(Self.contender(9), at: Self.ms(1_000))
        _ = election.contenderSeen(Self.contender(7), at: Self.ms(1_000))
        #expect(election.advance(to: Self.ms(1_500)) == [.leaderChanged(Self.contender(9), Term(2))])
        #expect(election.contenderVanished(Self.contender(7).id, at: Self.ms(1_600)).isEmpty)
        _ = election.contenderSeen(Self.contender(8), at: Self.ms(1_700))
        let actions = election.contenderVanished(Self.contender(9).id, at: Self.ms(1_701))
        #expect(actions == [.leaderChanged(Self.contender(8), Term(3))])
        let last = election.contenderVanished(Self.contender(8).id, at: Self.ms(1_702))
        #expect(last == [.leaderChanged(Self.contender(5), Term(4, leader: Self.contender(5).id))])
        #expect(election.isLeader)
    }

    @Test("a contender that comes and goes waits twice as long each time, up to the longest probation")
    func flapping() {
        var election = Self.established()
        var now = 1_000
        for probation in [500, 1_000, 2_000, 4_000, 4_000] {
            #expect(election.contenderSeen(Self.contender(9), at: Self.ms(now)).isEmpty)
            #expect(election.nextDeadline == Self.ms(now + probation))
            #expect(election.advance(to: Self.ms(now + probation - 1)).isEmpty)
            #expect(election.contenderVanished(Self.contender(9).id, at: Self.ms(now + probation - 1)).isEmpty)
            now += probation
        }
        #expect(election.isLeader && election.term == Term(1, leader: Self.contender(5).id))
        // It stays, leads in the end, and after a minute its past is forgotten.
        _ = election.contenderSeen(Self.contender(9), at: Self.ms(now))
        #expect(election.advance(to: Self.ms(now + 4_000)) == [.leaderChanged(Self.contender(9), Term(2))])
        now += 70_000
        _ = election.contenderVanished(Self.contender(9).id, at: Self.ms(now))
        _ = election.contenderSeen(Self.contender(9), at: Self.ms(now))
        #expect(election.nextDeadline == Self.ms(now + 1_000))
    }

    @Test("one that stayed away for long is new")
    func forgotten() {
        var election = Self.established()
        for now in [1_000, 1_010, 1_020] {
            _ = election.contenderSeen(Self.contender(9), at: Self.ms(now))
            _ = election.contenderVanished(Self.contender(9).id, at: Self.ms(now + 1))
        }
        _ = election.contenderSeen(Self.contender(9), at: Self.ms(61_021))
        #expect(election.nextDeadline == Self.ms(61_521))
    }

    @Test("a priority that goes up must hold for the probation, one that goes down counts at once")
    func priorities() {
        var election = Self.established()
        var other = Self.contender(3)
        _ = election.contenderSeen(other, at: Self.ms(1_000))
        other.priority.deviceScore = 2
        #expect(election.contenderSeen(other, at: Self.ms(9_000)).isEmpty)
        #expect(election.nextDeadline == Self.ms(10_000), "the second arrival takes twice as long")
        #expect(election.advance(to: Self.ms(10_000)) == [.leaderChanged(other, Term(2))])
        other.priority.deviceScore = 1
        #expect(
            election.contenderSeen(other, at: Self.ms(10_001)) == [
                .leaderChanged(Self.contender(5), Term(3, leader: Self.contender(5).id))
            ])
        let changed = election.ownPriorityChanged(Priority(deviceScore: 0, startTime: 0), at: Self.ms(10_002))
        #expect(changed == [.leaderChanged(other, Term(4))])
        var own = Self.contender(5)
        own.priority = Priority(deviceScore: 9, startTime: 0)
        #expect(
            election.ownPriorityChanged(own.priority, at: Self.ms(10_003)) == [
                .leaderChanged(own, Term(5, leader: own.id))
            ])
    }

    @Test("a leader whose priority changes without losing is no new leader")
    func sameLeader() {
        var election = Self.established()
        var other = Self.contender(9)
        _ = election.contenderSeen(other, at: Self.ms(600))
        _ = election.advance(to: Self.ms(1_100))
        other.priority.deviceScore = 2
        #expect(election.contenderSeen(other, at: Self.ms(1_200)).isEmpty)
        #expect(election.leader == other && election.term == Term(2) && election.nextDeadline == nil)
    }

    @Test("one that is unheard for the limit is silent until it is heard")
    func silence() {
        var election = Self.established(silenceLimit: Self.ms(3_000))
        let other = Self.contender(9)
        _ = election.contenderSeen(other, at: Self.ms(1_000))
        _ = election.advance(to: Self.ms(1_500))
        #expect(election.nextDeadline == Self.ms(4_000))
        #expect(election.contenderHeard(other.id, at: Self.ms(3_999)).isEmpty)
        #expect(election.nextDeadline == Self.ms(6_999))
        #expect(
            election.advance(to: Self.ms(6_999)) == [
                .leaderChanged(Self.contender(5), Term(3, leader: Self.contender(5).id))
            ])
        #expect(election.contenders == [Self.contender(5)])
        #expect(election.contenderHeard(other.id, at: Self.ms(7_500)).isEmpty)
        #expect(election.nextDeadline == Self.ms(8_500))
        #expect(election.advance(to: Self.ms(8_500)) == [.leaderChanged(other, Term(4))])
        #expect(election.contenderHeard(other.id, at: Self.ms(90_000)).isEmpty, "a late word is still a word")
        #expect(election.leader == other)
    }

    @Test("a leader that does not answer is left, and comes back when it is heard; one that said goodbye does not")
    func unreachable() {
        var election = Self.established()
        let other = Self.contender(9)
        _ = election.contenderSeen(other, at: Self.ms(1_000))
        _ = election.advance(to: Self.ms(1_500))
        let left = election.contenderFellSilent(other.id, at: Self.ms(2_000))
        #expect(left == [.leaderChanged(Self.contender(5), Term(3, leader: Self.contender(5).id))])
        #expect(election.advance(to: Self.ms(9_000)).isEmpty)
        #expect(election.contenderHeard(other.id, at: Self.ms(9_000)).isEmpty)
        #expect(election.advance(to: Self.ms(10_000)) == [.leaderChanged(other, Term(4))])
        _ = election.contenderVanished(other.id, at: Self.ms(11_000))
        _ = election.contenderHeard(other.id, at: Self.ms(11_001))
        _ = election.contenderFellSilent(other.id, at: Self.ms(11_002))
        _ = election.contenderHeard(other.id, at: Self.ms(11_003))
        #expect(election.nextDeadline == nil && election.contenders == [Self.contender(5)])
    }

    @Test("silence and then a goodbye is a goodbye")
    func silentThenGone() {
        var election = Self.established()
        _ = election.contenderSeen(Self.contender(9), at: Self.ms(1_000))
        _ = election.contenderFellSilent(Self.contender(9).id, at: Self.ms(1_100))
        _ = election.contenderVanished(Self.contender(9).id, at: Self.ms(1_200))
        _ = election.contenderHeard(Self.contender(9).id, at: Self.ms(1_300))
        #expect(election.nextDeadline == nil)
    }

    @Test("its own record, unknown ids and time that runs backwards change nothing")
    func noise() {
        var election = Self.established()
        var impostor = Self.contender(5)
        impostor.priority.deviceScore = 2
        #expect(election.contenderSeen(impostor, at: Self.ms(600)).isEmpty)
        #expect(election.own == Self.contender(5) && election.contenders == [Self.contender(5)])
        for id in [Self.contender(9).id, Self.contender(5).id] {
            #expect(election.contenderHeard(id, at: Self.ms(700)).isEmpty)
            #expect(election.contenderFellSilent(id, at: Self.ms(700)).isEmpty)
            #expect(election.contenderVanished(id, at: Self.ms(700)).isEmpty)
        }
        _ = election.contenderSeen(Self.contender(9), at: Self.ms(1_000))
        #expect(election.advance(to: Self.ms(-5_000)).isEmpty)
        #expect(election.advance(to: Self.ms(1_500)).count == 1)
    }

    @Test("of too many contenders the best are known, and those that are not there make room first")
    func capacity() {
        var election = Self.established(most: 3)
        for rank in [UInt64(1), 2, 3, 4] { _ = election.contenderSeen(Self.contender(rank), at: Self.ms(1_000)) }
        #expect(election.contenders == [5, 4, 3, 2].map(Self.contender))
        _ = election.contenderSeen(Self.contender(1), at: Self.ms(1_001))
        #expect(election.contenders == [5, 4, 3, 2].map(Self.contender))
        _ = election.contenderVanished(Self.contender(4).id, at: Self.ms(1_002))
        _ = election.contenderSeen(Self.contender(1), at: Self.ms(1_003))
        #expect(election.contenders == [5, 3, 2, 1].map(Self.contender))
        var random = SeededGenerator(seed: 3)
        for _ in 0..<2_000 {
            let rank = UInt64.random(in: 10...10_000, using: &random)
            _ = election.contenderSeen(Self.contender(rank), at: Self.ms(1_004))
            #expect(election.contenders.count <= 4)
        }
        _ = election.advance(to: Self.ms(9_000))
        #expect(election.leader == election.contenders.first)
    }

    @Test("room is not made by forgetting the leader")
    func leaderIsKept() {
        var election = Self.established(most: 2)
        _ = election.contenderSeen(Self.contender(9), at: Self.ms(600))
        _ = election.advance(to: Self.ms(1_100))
        for rank in [UInt64(8), 10, 11] {
            #expect(election.contenderSeen(Self.contender(rank), at: Self.ms(2_000)).isEmpty)
        }
        #expect(election.leader == Self.contender(9))
        #expect(election.contenders == [11, 9, 5].map(Self.contender))
        #expect(election.advance(to: Self.ms(2_500)) == [.leaderChanged(Self.contender(11), Term(3))])
    }

    @Test("time does not go back: who is heard of late begins its probation now")
    func late() {
        var election = Self.established()
        _ = election.advance(to: Self.ms(2_000))
        #expect(election.contenderSeen(Self.contender(9), at: Self.ms(1_000)).isEmpty)
        #expect(election.nextDeadline == Self.ms(2_500))
    }
}
