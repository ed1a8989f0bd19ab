import NetworkLoop
import Testing

@testable import JSEP
@testable import WebRTC

/// What seeds of the simulation have found, in few steps each; the messages are delivered by hand.
@Suite("The rules of a negotiator")
struct NegotiatorRuleTests {
    /// A is polite; what an end says waits in its `outgoing`.
    private struct Duo {
        let world = World(seed: 1, isDead: true)
        private(set) var connections: [PeerConnection]
        var cores = [true, false].map { NegotiatorCore(isPolite: $0, settings: .init(answerTimeout: .seconds(1))) }
        private(set) var problems: [[NegotiationProblem]] = [[], []]
        private var outgoing: [[SignalingPayload]] = [[], []]
        var now = Duration.zero

        init() throws {
            world.network.candidates = 0
            connections = [try world.connection(of: 0), try world.connection(of: 1)]
        }

        /// A begins anew.
        mutating func replaceA() throws {
            connections[0].close()
            connections[0] = try world.connection(of: 2)
            cores[0] = NegotiatorCore(isPolite: true)
        }

        mutating func tell(_ end: Int, _ event: NegotiatorCore.Event) {
            var seen = ConnectionEnd(connection: connections[end])
            world.loop.enter { cores[end].run(event, at: now, on: &seen) }
            world.loop.runUntilIdle()
            outgoing[end] += seen.outgoing
            problems[end] += seen.problems
        }

        /// Wants a channel, or new credentials.
        mutating func act(_ end: Int, _ action: ApplicationAction) throws {
            try world.loop.enter {
                try connections[end].assumeIsolated { connection in
                    if action == .restartICE { return connection.restartICE() }
                    _ = try connection.createDataChannel("channel")
                }
            }
            tell(end, .wake)
        }

        /// What the end has said since it was last asked.
        mutating func said(by end: Int) -> [SignalingPayload] {
            defer { outgoing[end] = [] }
            return outgoing[end]
        }

        mutating func deliver(_ messages: [SignalingPayload], to end: Int) {
            for message in messages { tell(end, .received(message)) }
        }

        /// Lets the ends talk until they have nothing more to say.
        mutating func settle() {
            while !outgoing[0].isEmpty || !outgoing[1].isEmpty {
                for end in 0...1 { deliver(said(by: end), to: 1 - end) }
                for end in 0...1 { tell(end, .wake) }
            }
        }

        var isSettled: Bool {
            connections.allSatisfy { connection in
                world.loop.enter {
                    connection.assumeIsolated {
                        $0.signalingState == .stable && !$0.currentNegotiation.isNegotiationNeeded
                    }
                }
            } && cores.allSatisfy { !$0.needsRepair }
        }

        var isQuiet: Bool { outgoing.allSatisfy(\.isEmpty) }

        func state(_ end: Int) -> SignalingState { connections[end].signalingState }

        func fragment(_ end: Int) -> String? {
            world.loop.enter { connections[end].assumeIsolated { $0.negotiation.localFragments.first } }
        }
    }

    @Test("an answer that comes long after its offer was sent again, and given up, is taken all the same")
    func lateAnswer() throws {
        var duo = try Duo()
        try duo.act(0, .createChannel)
        duo.deliver(duo.said(by: 0), to: 1)
        let answer = duo.said(by: 1)
        let first = duo.fragment(0)
        for _ in 0..<20 {
            duo.now += .seconds(9)
            duo.tell(0, .time)
        }
        #expect(duo.cores[0].hasGivenUp && duo.problems[0].contains(.unanswered))
        let copies = Set(duo.said(by: 0).map(\.short))
        #expect(copies.count == 1, "the same offer, time and again")
        duo.deliver(answer, to: 0)
        duo.settle()
        #expect(duo.isSettled && !duo.cores[0].hasGivenUp)
        #expect(duo.fragment(0) == first && duo.fragment(0) != nil, "no restart was needed")
    }

    @Test("a provisional answer stops the timer of its offer")
    func provisionalAnswer() throws {
        var duo = try Duo()
        try duo.act(0, .createChannel)
        #expect(duo.cores[0].nextDeadline != nil)
        duo.deliver(duo.said(by: 0), to: 1)
        for message in duo.said(by: 1) {
            guard case .description(var answer, let offer) = message, answer.type == .answer else { continue }
            answer.type = .pranswer
            duo.deliver([.description(answer, answers: offer)], to: 0)
        }
        #expect(duo.state(0) == .haveRemotePranswer)
        #expect(duo.cores[0].nextDeadline == nil)
    }

    @Test("what signaling loses is sent again so many times, and more once something has arrived")
    func lostAgain() throws {
        var duo = try Duo()
        try duo.act(0, .createChannel)
        duo.deliver(duo.said(by: 0), to: 1)
        duo.deliver(duo.said(by: 1), to: 0)
        func lose() -> Int {
            var count = 0
            for _ in 0..<50 {
                duo.cores[0].messageWasLost(at: duo.now)
                guard let deadline = duo.cores[0].nextDeadline else { continue }
                (duo.now, count) = (deadline, count + 1)
                duo.tell(0, .time)
            }
            return count
        }
        #expect(lose() == duo.cores[0].settings.maximumTries)
        duo.tell(0, .received(.candidate(nil)))
        #expect(lose() == duo.cores[0].settings.maximumTries)
    }

    @Test("who has given up tries again on a new connection of the signaling")
    func reconnected() throws {
        var duo = try Duo()
        try duo.act(0, .createChannel)
        for _ in 0..<20 {
            duo.now += .seconds(9)
            duo.tell(0, .time)
        }
        #expect(duo.cores[0].hasGivenUp)
        duo.tell(0, .reconnected)
        #expect(!duo.cores[0].hasGivenUp && duo.cores[0].nextDeadline != nil)
    }

    @Test("candidates that come before any description are kept up to a bound")
    func earlyCandidates() throws {
        var duo = try Duo()
        for number in 0..<1000 {
            let candidate = ICECandidateInit(
                candidate: "candidate:\(number) 1 udp 1 192.0.2.1 9 typ host", sdpMid: "0", usernameFragment: "abcd")
            duo.tell(0, .received(.candidate(candidate)))
        }
        #expect(duo.cores[0].earlyCandidates.count == AppliedDescription.maximumCandidates)
        duo.tell(1, .received(.candidate(ICECandidateInit(candidate: "x", sdpMid: "0", usernameFragment: "abcd"))))
        #expect(duo.cores[1].earlyCandidates.count == 1)
        try duo.act(0, .createChannel)
        duo.deliver(duo.said(by: 0), to: 1)
        #expect(duo.cores[1].earlyCandidates.isEmpty)
    }

    @Test("the ends of candidates are those of the sections that gathered since the last end")
    func candidateEnds() {
        var ends = CandidateEnds()
        func candidate(_ mid: String, _ line: String = "candidate:1 1 udp 1 192.0.2.1 9 typ host") -> ICECandidateInit {
            ICECandidateInit(candidate: line, sdpMid: mid)
        }
        #expect(ends.follow(candidate("0")) == [candidate("0")])
        #expect(ends.follow(candidate("1")) == [candidate("1")])
        #expect(ends.follow(nil) == [candidate("0", ""), candidate("1", "")])
        #expect(ends.follow(candidate("1")) == [candidate("1")])
        #expect(ends.follow(nil) == [candidate("1", "")])
    }

    @Test("an answer that was lost is taken when it is sent again behind a newer offer")
    func answerBehindOffer() throws {
        var duo = try Duo()
        try duo.act(1, .createChannel)
        duo.deliver(duo.said(by: 1), to: 0)
        _ = duo.said(by: 0)
        // A needs something more, and its offer meets B's, which B sends again.
        try duo.act(0, .restartICE)
        duo.deliver(duo.said(by: 0), to: 1)
        #expect(duo.said(by: 1).isEmpty, "B waits for an answer and is not polite")
        duo.now = .seconds(1)
        duo.tell(1, .time)
        duo.deliver(duo.said(by: 1), to: 0)
        duo.deliver(duo.said(by: 0), to: 1)
        #expect(duo.state(1) == .stable)
        duo.now = .seconds(5)
        duo.tell(0, .time)
        duo.settle()
        #expect(duo.isSettled)
    }

    @Test("late copies of offers and answers change nothing")
    func lateCopies() throws {
        var duo = try Duo()
        var history: [[SignalingPayload]] = [[], []]
        for turn in 0..<4 {
            try duo.act(turn % 2, turn < 2 ? .createChannel : .restartICE)
            for end in [turn % 2, 1 - turn % 2] {
                let said = duo.said(by: end)
                history[end] += said
                duo.deliver(said, to: 1 - end)
            }
        }
        duo.settle()
        let before = [duo.fragment(0), duo.fragment(1)]
        #expect(duo.isSettled)
        for end in 0...1 { duo.deliver(history[end], to: 1 - end) }
        duo.settle()
        #expect(duo.isSettled && before == [duo.fragment(0), duo.fragment(1)])
    }

    @Test("another in the peer's place is sent the offer that waits, without waiting for the time")
    func replaced() throws {
        var duo = try Duo()
        try duo.act(1, .createChannel)
        duo.settle()
        try duo.act(1, .restartICE)
        _ = duo.said(by: 1)
        try duo.replaceA()
        try duo.act(0, .createChannel)
        duo.deliver(duo.said(by: 0), to: 1)
        #expect(duo.said(by: 1).contains { $0.short.hasPrefix("offer") })
    }

    @Test("signaling that hands each message back to its sender, too, is told of once, and does no harm")
    func echo() throws {
        var duo = try Duo()
        try duo.act(0, .createChannel)
        try duo.act(1, .createChannel)
        var turns = 0
        repeat {
            turns += 1
            for end in 0...1 {
                let said = duo.said(by: end)
                for target in [end, 1 - end] { duo.deliver(said, to: target) }
            }
            for end in 0...1 { duo.tell(end, .wake) }
        } while turns < 20 && !duo.isQuiet
        #expect(duo.isSettled && duo.isQuiet)
        #expect(duo.problems == [[.echoed], [.echoed]])
    }

    @Test("two impolite ends are told of once for each offer, and one that yields is no reason")
    func bothImpolite() throws {
        for isPolite in [false, true] {
            var duo = try Duo()
            duo.cores[0] = NegotiatorCore(isPolite: isPolite, settings: .init(answerTimeout: .seconds(1)))
            try duo.act(0, .createChannel)
            try duo.act(1, .createChannel)
            for _ in 0..<6 {
                let said = [duo.said(by: 0), duo.said(by: 1)]
                for end in 0...1 { duo.deliver(said[1 - end], to: end) }
                duo.now += .seconds(2)
                for end in 0...1 { duo.tell(end, .time) }
            }
            for end in 0...1 {
                #expect(duo.problems[end].count { $0 == .offersCollide } == (isPolite ? 0 : 1))
            }
            #expect(duo.isSettled == isPolite)
        }
    }
}
