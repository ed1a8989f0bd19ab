import TestSupport
import Testing

@testable import RTP

@Suite("A key frame")
struct KeyFrameRequesterTests {
    /// The times in milliseconds at which it is asked for, if each deadline is kept.
    private static func requests(
        _ requester: inout KeyFrameRequester, until end: Int, isSilent: Bool = false
    ) -> [Int] {
        var times: [Int] = []
        while let deadline = requester.nextDeadline, deadline <= .milliseconds(end) {
            if !isSilent { requester.packetArrived(now: deadline) }
            if requester.isDue(now: deadline) { times.append(Int((deadline / .milliseconds(1)).rounded())) }
            // Somebody else wants one, too.
            requester.want(now: deadline)
        }
        return times
    }

    @Test("is asked for at once, and again and again, less often, until it has come")
    func repetition() {
        var requester = KeyFrameRequester()
        requester.update(roundTrip: .milliseconds(40))
        #expect(requester.nextDeadline == nil && !requester.isWanted)
        let early = requester.isDue(now: .zero)
        #expect(!early)
        for _ in 0..<5 { requester.want(now: .milliseconds(10)) }
        let times = Self.requests(&requester, until: 12_000)
        #expect(times == [10, 210, 610, 1410, 3010, 5010, 7010, 9010, 11_010])
        requester.keyFrameArrived()
        #expect(requester.nextDeadline == nil && !requester.isWanted)
        let late = requester.isDue(now: .seconds(20))
        #expect(!late)
    }

    @Test("is asked for ever more seldom of a source that sends nothing, and at once when it sends again")
    func silence() {
        var requester = KeyFrameRequester()
        requester.update(roundTrip: .milliseconds(40))
        requester.want(now: .zero)
        let times = Self.requests(&requester, until: 100_000, isSilent: true)
        #expect(times == [0, 200, 600, 1400, 3000, 6200, 12_600, 25_400, 51_000, 83_000])
        requester.packetArrived(now: .seconds(100))
        let again = Self.requests(&requester, until: 104_000)
        #expect(again == [100_000, 100_200, 100_600, 101_400, 103_000])
    }

    @Test("is not asked for twice within a round trip, nor within 100 ms", arguments: [20, 400])
    func pause(roundTrip: Int) {
        var requester = KeyFrameRequester()
        requester.update(roundTrip: .milliseconds(roundTrip))
        var times: [Int] = []
        for time in 0..<5_000 {
            requester.want(now: .milliseconds(time))
            if requester.isDue(now: .milliseconds(time)) { times.append(time) }
            requester.keyFrameArrived()
        }
        let pauses = zip(times, times.dropFirst()).map { $1 - $0 }
        #expect(times.first == 0 && pauses.allSatisfy { $0 == max(roundTrip, 100) })
    }

    @Test("is asked for no sooner than one and a half round trips after, however long they are")
    func longRoundTrip() {
        var requester = KeyFrameRequester()
        requester.update(roundTrip: .seconds(4))
        requester.want(now: .zero)
        let times = Self.requests(&requester, until: 20_000)
        #expect(times == [0, 6_000, 12_000, 18_000])
    }

    @Test("is asked for at once again when it was wanted long ago")
    func again() {
        var requester = KeyFrameRequester()
        requester.want(now: .zero)
        _ = Self.requests(&requester, until: 30_000)
        requester.keyFrameArrived()
        requester.want(now: .seconds(40))
        let times = Self.requests(&requester, until: 40_500)
        #expect(times == [40_000, 40_200])
    }
}
