import JSEP
import Signaling
import Synchronization
import Testing
import WebRTC

@testable import Mesh

/// The way to a browser's page by way of a signaling server of ours. A test can hold it: then nothing arrives at either
/// end, so that offers which both ends make are sure to meet.
final class HeldSignaling: SignalingTransport {
    let messages: AsyncStream<SignalingEvent>
    private let arrived: AsyncStream<SignalingEvent>.Continuation
    private let client: SignalingClient
    private let id: String
    private let other: String
    private let state = Mutex(State())
    private let reader = Mutex<Task<Void, Never>?>(nil)

    private struct State {
        var isHolding = false
        var incoming: [SignalingPayload] = []
        var outgoing: [SignalingPayload] = []
        var waiter: CheckedContinuation<Void, Never>?

        /// What waits; where nothing does, nothing is held any more.
        mutating func take() -> (incoming: [SignalingPayload], outgoing: [SignalingPayload])? {
            isHolding = !incoming.isEmpty || !outgoing.isEmpty
            defer { (incoming, outgoing) = ([], []) }
            return isHolding ? (incoming, outgoing) : nil
        }

        /// An offer waits at both ends.
        var isCollision: Bool { incoming.contains(where: \.isOffer) && outgoing.contains(where: \.isOffer) }
    }

    /// Connects as peer `id`, for messages from and to peer `other`.
    init(port: UInt16, id: String, other: String) async throws {
        client = try await SignalingClient.connect(to: "ws://127.0.0.1:\(port)/")
        self.id = id
        self.other = other
        (messages, arrived) = AsyncStream.makeStream()
        try await client.register(Registration(peerID: id, peerType: .display, displayName: id))
        let reading = Task { [weak self, messages = client.messages] in
            do {
                for try await message in messages { self?.hear(message) }
            } catch {
                self?.arrived.finish()
            }
        }
        reader.withLock { $0 = reading }
    }

    func close() async {
        reader.withLock { $0 }?.cancel()
        await client.close()
        arrived.finish()
    }

    func send(_ message: SignalingPayload) async throws {
        let isHeld = state.withLock { state in
            if state.isHolding { state.outgoing.append(message) }
            return state.isHolding
        }
        if isHeld { return wakeIfCollided() }
        try await pass(message)
    }

    /// From now on nothing arrives.
    func hold() {
        state.withLock { $0.isHolding = true }
    }

    /// Waits until both ends have made an offer, and lets everything arrive.
    func releaseAtCollision() async throws {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isDone = state.withLock { state in
                    if state.isCollision || Task.isCancelled { return true }
                    state.waiter = continuation
                    return false
                }
                if isDone { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiter.take() }?.resume()
        }
        if Task.isCancelled {
            let (incoming, outgoing) = state.withLock { ($0.incoming, $0.outgoing) }
            throw InteropError("no collision; waiting: \(incoming) \(outgoing)")
        }
        // It holds until nothing waits any more: what is said meanwhile overtakes nothing.
        while let (incoming, outgoing) = state.withLock({ $0.take() }) {
            for message in incoming { arrived.yield(.message(message)) }
            for message in outgoing { try await pass(message) }
        }
    }

    private func wakeIfCollided() {
        state.withLock { $0.isCollision ? $0.waiter.take() : nil }?.resume()
    }

    private func hear(_ message: MeshMessage) {
        if case .error(let error) = message { Issue.record("the signaling server: \(error)") }
        guard let payload = SignalingPayload(message) else { return }
        let isHeld = state.withLock { state in
            if state.isHolding { state.incoming.append(payload) }
            return state.isHolding
        }
        if isHeld { wakeIfCollided() } else { arrived.yield(.message(payload)) }
    }

    private func pass(_ payload: SignalingPayload) async throws {
        guard let message = MeshMessage(payload, from: id, to: other) else {
            Issue.record("the page's example knows no such message: \(payload)")
            return
        }
        try await client.send(message)
    }
}

extension SignalingPayload {
    fileprivate var isOffer: Bool {
        if case .description(let description, _) = self { description.type == .offer } else { false }
    }

    fileprivate init?(_ message: MeshMessage) {
        switch message {
        case .offer(_, _, let sdp): self = .description(SessionDescription(type: .offer, sdp: sdp))
        case .answer(_, _, let sdp): self = .description(SessionDescription(type: .answer, sdp: sdp))
        case .ice(_, _, let candidate):
            self = .candidate(
                candidate.map {
                    ICECandidateInit(
                        candidate: $0.candidate, sdpMid: $0.sdpMid, sdpMLineIndex: $0.sdpMLineIndex,
                        usernameFragment: $0.usernameFragment)
                })
        case .register, .peerList, .heartbeat, .error: return nil
        }
    }
}
