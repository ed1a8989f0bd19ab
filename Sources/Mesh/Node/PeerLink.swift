internal import AsyncQueues
internal import JSEP
internal import NIOCore
internal import Synchronization
internal import WebRTC

/// The connection to one peer: a peer connection with the mesh's data channel, and one of the
/// shared state where the peer has that too, negotiated by a ``PerfectNegotiator``.
///
/// May be used from any thread. `run` is its life; it ends when either side closes, and then
/// nothing of it is left.
final class PeerLink: Sendable {
    enum Role: Sendable {
        case offerer
        case answerer(offer: String)
    }

    enum Event: Sendable {
        /// For the other end, through signaling.
        case signal(SignalingPayload)
        case opened
        /// A message; binary ones have no text, and no meaning here.
        case message(String?)
        /// The channel of the shared state is open. It ends with the link, or by itself.
        case stateOpened
        /// A message there.
        case stateMessage(String)
        case stateClosed
    }

    typealias Report = @Sendable (Event) async -> Void

    /// The label both ends know.
    private static let label = "mesh"
    private static let stateLabel = "mesh-state"
    /// An attempt that gets no answer ends as a whole before its offer would be sent again.
    private static let patience = PerfectNegotiator.Settings(answerTimeout: .seconds(20))

    let peer: PeerID
    private let connection: PeerConnection
    /// What the other end has sent through signaling.
    private let inbox = AsyncQueue<SignalingPayload, Never>(.signaling)
    private let channel = Mutex<DataChannel?>(nil)
    private let stateChannel = Mutex<DataChannel?>(nil)
    private let reason = Mutex<String?>(nil)

    init(peer: PeerID, configuration: PeerConnection.Configuration) throws(WebRTCError) {
        self.peer = peer
        connection = try PeerConnection(configuration: configuration)
    }

    /// Opens the channel and reads it until the end; returns why it ended.
    func run(as role: Role, report: @escaping Report) async -> String {
        let offer: String? = if case .answerer(let offer) = role { offer } else { nil }
        let isPolite = offer != nil
        if let offer { deliver(.description(SessionDescription(type: .offer, sdp: offer))) }
        let signaling = LinkSignaling(inbox: inbox, report: report)
        let negotiator: PerfectNegotiator
        do throws(WebRTCError) {
            negotiator = try PerfectNegotiator(
                connection, over: signaling, polite: isPolite, settings: Self.patience)
        } catch {
            close(because: error.message)
            return error.message
        }
        await withTaskGroup { group in
            group.addTask { await self.watch() }
            group.addTask { await self.watch(negotiator.problems) }
            group.addTask { await isPolite ? self.takeChannels(report) : self.makeChannel(report) }
            if !isPolite { group.addTask { await self.makeStateChannel(report) } }
        }
        negotiator.close()
        close(because: "closed")
        return reason.withLock { $0 } ?? "closed"
    }

    /// Waits until nothing of the connection is left, which takes some seconds where a TURN server
    /// has to be told.
    func closed() async { await connection.closed() }

    /// Takes what the other end sent through signaling. A link that has to lose some of it does not
    /// come about.
    func deliver(_ signal: SignalingPayload) {
        guard inbox.push(signal).lost > 0 else { return }
        close(because: "the peer sent more through signaling than could be taken")
    }

    /// Ends the link at once; `run` returns soon after.
    func close(because text: String) {
        reason.withLock { $0 = $0 ?? text }
        inbox.finish()
        connection.close()
    }

    // MARK: Sending

    /// Queues a text, or says that there is no room.
    func trySend(_ text: String) throws(WebRTCError) {
        try openChannel().trySend(text)
    }

    /// Queues a text, waiting for room.
    func send(_ text: String) async throws(WebRTCError) {
        try await openChannel().send(text)
    }

    /// Queues a message of the shared state; whether there was room for it, and a channel.
    func trySendState(_ text: String) -> Bool {
        guard let channel = stateChannel.withLock({ $0 }) else { return false }
        return (try? channel.trySend(text)) != nil
    }

    /// Returns when all that was queued has left, or the link has ended.
    func flushed() async {
        await stateChannel.withLock { $0 }?.flushed()
        await channel.withLock { $0 }?.flushed()
    }

    /// Whether the link has ended, or is about to.
    var isOver: Bool { reason.withLock { $0 != nil } }

    var bufferedAmount: Int { channel.withLock { $0 }?.bufferedAmount ?? 0 }

    func stats() async -> StatsReport { await connection.getStats() }

    private func openChannel() throws(WebRTCError) -> DataChannel {
        guard let channel = channel.withLock({ $0 }) else {
            throw WebRTCError(.invalidState, "the data channel to \(peer) is not open")
        }
        return channel
    }

    // MARK: Life

    private func watch() async {
        for await state in connection.connectionStates where state == .failed {
            close(because: "the connection failed")
        }
        close(because: "the peer closed the connection")
    }

    /// A link whose descriptions cannot be set does not come about; one that is open stays as it
    /// was.
    private func watch(_ problems: EventSequence<NegotiationProblem>) async {
        for await problem in problems where channel.withLock({ $0 == nil }) {
            switch problem {
            case .offerRefused(let error), .answerRefused(let error), .offerFailed(let error):
                close(because: error.message)
            // One bad or late candidate is no reason to give up the others (RFC 8838 §11).
            case .candidateRefused, .unanswered, .echoed, .offersCollide, .notSent, .signaling, .signalingEnded: break
            }
        }
    }

    private func makeChannel(_ report: @escaping Report) async {
        await endOnError { () async throws(WebRTCError) in
            await carry(try await connection.createDataChannel(Self.label), report)
        }
    }

    /// A peer that does not know of the shared state closes the channel; the link goes on without.
    private func makeStateChannel(_ report: @escaping Report) async {
        guard let channel = try? await connection.createDataChannel(Self.stateLabel) else { return }
        await carryState(channel, report)
    }

    /// Takes the two channels that are meant, and closes what else the peer opens, also while these
    /// are read.
    private func takeChannels(_ report: @escaping Report) async {
        await withTaskGroup { group in
            var taken: Set<String> = []
            for await channel in connection.dataChannels {
                switch channel.label {
                case Self.label where taken.insert(Self.label).inserted:
                    group.addTask { await self.carry(channel, report) }
                case Self.stateLabel where taken.insert(Self.stateLabel).inserted:
                    group.addTask { await self.carryState(channel, report) }
                default: channel.close()
                }
            }
        }
    }

    private func carry(_ channel: DataChannel, _ report: Report) async {
        await endOnError { () async throws(WebRTCError) in
            try await channel.opened()
            self.channel.withLock { $0 = channel }
            await report(.opened)
            for try await message in channel.messages {
                switch message {
                case .text(let text): await report(.message(text))
                case .binary: await report(.message(nil))
                }
            }
        }
        close(because: "the peer closed the data channel")
    }

    private func carryState(_ channel: DataChannel, _ report: Report) async {
        do throws(WebRTCError) {
            try await channel.opened()
            stateChannel.withLock { $0 = channel }
            await report(.stateOpened)
            for try await message in channel.messages {
                if case .text(let text) = message { await report(.stateMessage(text)) }
            }
        } catch {
            channel.close()
        }
        stateChannel.withLock { $0 = nil }
        await report(.stateClosed)
    }

    private func endOnError(_ work: () async throws(WebRTCError) -> Void) async {
        do throws(WebRTCError) {
            try await work()
        } catch {
            close(because: error.message)
        }
    }
}

/// The mesh's signaling, as a negotiator uses it.
private struct LinkSignaling: SignalingTransport {
    let inbox: AsyncQueue<SignalingPayload, Never>
    let report: PeerLink.Report

    func send(_ message: SignalingPayload) async {
        await report(.signal(message))
    }

    var messages: some AsyncSequence<SignalingEvent, Never> {
        inbox.map { .message($0) }
    }
}

extension ICECandidateInit {
    init(_ candidate: TrickledCandidate) {
        self.init(
            candidate: candidate.candidate, sdpMid: candidate.sdpMid, sdpMLineIndex: candidate.sdpMLineIndex,
            usernameFragment: candidate.usernameFragment)
    }
}
