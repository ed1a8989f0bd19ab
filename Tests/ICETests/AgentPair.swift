import Testing
import TransportTypes

@testable import ICE
@testable import NetworkLoop

/// Runs `body` on a loop and waits for its result.
func on<Result: Sendable>(_ loop: NetworkLoop, _ body: @escaping @Sendable () throws -> Result) async throws -> Result {
    try await withCheckedThrowingContinuation { continuation in
        loop.post { continuation.resume(with: Swift.Result { try body() }) }
    }
}

/// One end of a connection: an agent, what it reported, and somebody who may wait for it.
///
/// `@unchecked Sendable`: everything but the waiters is used on the loop only.
final class AgentEnd: PathDelegate, @unchecked Sendable {
    let loop: NetworkLoop
    private(set) var agent: ICEAgent?
    weak var peer: AgentEnd?
    var trickles = true
    var forwards: (ICECandidate) -> Bool = { _ in true }
    private(set) var candidates: [ICECandidate] = []
    private(set) var states: [ICETransportState] = []
    private(set) var errors: [ICECandidateError] = []
    private(set) var received: [[UInt8]] = []
    private(set) var receivedBytes = 0
    /// The bytes that came together, and the size of each datagram among them.
    private(set) var arrivals: [(bytes: Int, segmentSize: Int)] = []
    private(set) var pairs: [(local: ICECandidate, remote: ICECandidate)] = []
    private(set) var gatheringsFinished = 0
    var onReceive: ((ICEAgent) -> Void)?
    private(set) var isClosed = false
    private let waiters = LoopWaiters<AgentEnd>()

    init(loop: NetworkLoop) { self.loop = loop }

    /// Makes the agent. On the loop.
    func start(_ configuration: ICEConfiguration) throws {
        agent = try ICEAgent(loop: loop, configuration: configuration, delegate: self)
    }

    /// An end without a peer that has begun to gather.
    static func gathering(_ configuration: ICEConfiguration) async throws -> AgentEnd {
        let end = AgentEnd(loop: NetworkLoop())
        end.trickles = false
        try await on(end.loop) {
            try end.start(configuration)
            try end.agent?.gather()
        }
        return end
    }

    func drop() { agent = nil }

    /// Closes the agent and waits until it has let go of everything.
    func close() async {
        loop.post {
            self.agent?.close {
                self.isClosed = true
                self.notify()
            }
        }
        await wait { $0.isClosed }
    }

    /// Returns once `condition` holds; it is looked at after each event, on the loop. When the
    /// test's time is up it records what had happened until then, and returns too.
    func wait(
        sourceLocation: SourceLocation = #_sourceLocation, until condition: @escaping @Sendable (AgentEnd) -> Bool
    ) async {
        await waiters.wait(
            for: self, on: loop, sourceLocation: sourceLocation, story: { $0.story }, until: condition)
    }

    private var story: String {
        """
        gathering \(agent.map { "\($0.gatheringState)" } ?? "without an agent"), finished \(gatheringsFinished) times; \
        candidates \(candidates); of the peer \(agent?.remoteCandidates ?? []); states \(states); pairs \(pairs); \
        errors \(errors); datagrams \(received.count)
        """
    }

    func path(didGather candidate: ICECandidate) {
        candidates.append(candidate)
        if trickles, let peer, forwards(candidate) { peer.post { try? $0.agent?.addRemoteCandidate(candidate) } }
        notify()
    }

    func pathDidFinishGathering() {
        gatheringsFinished += 1
        if trickles { peer?.post { $0.agent?.remoteCandidatesEnded() } }
        notify()
    }

    func path(didChange state: ICETransportState) {
        states.append(state)
        notify()
    }

    func path(didSelect local: ICECandidate, remote: ICECandidate) {
        pairs.append((local, remote))
        notify()
    }

    func pathDidHearCheck() {}

    func path(didFail error: ICECandidateError) {
        errors.append(error)
        notify()
    }

    func path(didReceive datagrams: Span<UInt8>, segmentSize: Int) {
        receivedBytes += datagrams.count
        arrivals.append((datagrams.count, segmentSize))
        for offset in stride(from: 0, to: datagrams.count, by: segmentSize) where received.count < 200 {
            var bytes: [UInt8] = []
            for index in offset..<min(datagrams.count, offset + segmentSize) { bytes.append(datagrams[index]) }
            received.append(bytes)
        }
        if let agent { onReceive?(agent) }
        notify()
    }

    private func post(_ body: @escaping @Sendable (AgentEnd) -> Void) {
        loop.post { body(self) }
    }

    private func notify() { waiters.notify(self) }
}

/// Two ends, each on a loop of its own.
struct AgentPair: Sendable {
    let offerer: AgentEnd
    let answerer: AgentEnd

    init(clock: LoopClock = .monotonic) {
        offerer = AgentEnd(loop: NetworkLoop(index: 0, clock: clock))
        answerer = AgentEnd(loop: NetworkLoop(index: 1, clock: clock))
        offerer.peer = answerer
        answerer.peer = offerer
    }

    static var loopback: ICEConfiguration {
        var configuration = ICEConfiguration()
        configuration.includesLoopback = true
        configuration.includesIPv6 = false
        configuration.interfaceFilter = { $0.isLoopback }
        return configuration
    }

    /// Makes both agents and exchanges credentials; the offerer controls.
    func start(
        _ configuration: ICEConfiguration, _ answererConfiguration: ICEConfiguration? = nil, gather: Bool = true,
        roles answererRole: ICERole = .controlled
    ) async throws {
        var controlled = answererConfiguration ?? configuration
        controlled.role = answererRole
        let second = controlled
        try await on(offerer.loop) { try offerer.start(configuration) }
        try await on(answerer.loop) { try answerer.start(second) }
        try await exchangeCredentials()
        if gather {
            try await on(offerer.loop) { try offerer.agent?.gather() }
            try await on(answerer.loop) { try answerer.agent?.gather() }
        }
    }

    func exchangeCredentials() async throws {
        for (from, to) in [(offerer, answerer), (answerer, offerer)] {
            let credentials = try await on(from.loop) { from.agent?.localCredentials }
            try await on(to.loop) { if let credentials { try to.agent?.setRemoteCredentials(credentials) } }
        }
    }

    func connected() async {
        await offerer.wait { $0.isUsable }
        await answerer.wait { $0.isUsable }
    }

    /// Closes both agents and ends the loops.
    func close() async throws {
        for end in [offerer, answerer] {
            try await on(end.loop) { end.agent?.close() }
        }
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            let loops = [offerer.loop, answerer.loop]
            Task.detached {
                for loop in loops { loop.shutdown() }
                continuation.resume()
            }
        }
    }
}

extension AgentEnd {
    var isUsable: Bool { agent?.state == .connected || agent?.state == .completed }

    func send(_ text: String) async throws -> ICEAgent.SendResult? {
        try await on(loop) { self.agent?.send(Array(text.utf8).span) }
    }
}
