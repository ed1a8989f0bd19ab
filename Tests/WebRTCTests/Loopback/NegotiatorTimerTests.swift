import JSEP
import Synchronization
import TestSupport
import Testing

@testable import WebRTC

@Suite("The timer of a negotiator", .timeLimit(.minutes(1)))
struct NegotiatorTimerTests {
    /// Signaling that loses what it is told to lose, and says so.
    private final class Lossy: SignalingTransport {
        struct Lost: Error {}

        let messages: AsyncStream<SignalingEvent>
        let inbox: AsyncStream<SignalingEvent>.Continuation
        private let state: Mutex<(losses: Int, tried: [SignalingPayload])>

        init(losing losses: Int) {
            (messages, inbox) = AsyncStream.makeStream()
            state = Mutex((losses, []))
        }

        func send(_ message: SignalingPayload) async throws {
            let isLost = state.withLock { state in
                state.tried.append(message)
                state.losses -= 1
                return state.losses >= 0
            }
            if isLost { throw Lost() }
        }

        /// How often a description was given to be sent.
        var descriptions: Int {
            state.withLock { $0.tried.count { if case .description = $0 { true } else { false } } }
        }
    }

    @Test("an answer that signaling could not send is sent again in time")
    func again() async throws {
        let stubbed = try StubbedConnection()
        let signaling = Lossy(losing: 1)
        let negotiator = PerfectNegotiator(stubbed.connection, over: signaling, polite: true)
        let problems = negotiator.problems
        signaling.inbox.yield(.message(.description(StubbedConnection.offer())))
        for await problem in problems {
            if case .notSent = problem { break }
        }
        #expect(signaling.descriptions == 1)
        await stubbed.pass(.seconds(11))
        try await waitUntil { signaling.descriptions >= 2 }
        negotiator.close()
        await stubbed.close()
    }

    @Test("a negotiator that is closed does nothing more, whatever it had still to do")
    func closed() async throws {
        let stubbed = try StubbedConnection()
        let signaling = Lossy(losing: 1)
        let negotiator = PerfectNegotiator(stubbed.connection, over: signaling, polite: true)
        let problems = negotiator.problems
        signaling.inbox.yield(.message(.description(StubbedConnection.offer())))
        for await problem in problems {
            if case .notSent = problem { break }
        }
        negotiator.close()
        await stubbed.connection.restartICE()
        await stubbed.pass(.seconds(60))
        #expect(stubbed.connection.signalingState == .stable)
        await stubbed.close()
    }
}
