package import JSEP
internal import Synchronization
internal import WebRTC

/// Signaling between two ends of this process, in order. It can lose what is sent, until it reconnects.
package final class MemorySignaling: SignalingTransport {
    package let messages: AsyncStream<SignalingEvent>
    private let inbox: AsyncStream<SignalingEvent>.Continuation
    private let state = Mutex(State())

    private struct State {
        var other: AsyncStream<SignalingEvent>.Continuation?
        var sent: [SignalingPayload] = []
        var filter: @Sendable (SignalingPayload) -> Bool = { _ in true }
    }

    private init() {
        (messages, inbox) = AsyncStream.makeStream()
    }

    /// Two ends, each of which hears the other.
    package static func pair() -> (MemorySignaling, MemorySignaling) {
        let (a, b) = (MemorySignaling(), MemorySignaling())
        a.state.withLock { $0.other = b.inbox }
        b.state.withLock { $0.other = a.inbox }
        return (a, b)
    }

    /// What was sent, lost or not.
    package var sent: [SignalingPayload] { state.withLock { $0.sent } }

    /// From now on only these messages arrive at the other end.
    package func pass(_ filter: @escaping @Sendable (SignalingPayload) -> Bool) {
        state.withLock { $0.filter = filter }
    }

    /// Everything arrives again, and this end hears of it.
    package func reconnect() {
        pass { _ in true }
        inbox.yield(.reconnected)
    }

    /// Hears this as if the other end had sent it.
    package func hear(_ payload: SignalingPayload) {
        inbox.yield(.message(payload))
    }

    package func send(_ message: SignalingPayload) async throws {
        state.withLock { state in
            state.sent.append(message)
            if state.filter(message) { state.other?.yield(.message(message)) }
        }
    }
}
