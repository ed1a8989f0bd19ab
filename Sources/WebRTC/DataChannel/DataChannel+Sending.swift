internal import AsyncQueues
public import JSEP
public import NIOCore
internal import Synchronization

extension DataChannel {
    /// Sends text; waits while the buffer of ``PeerConnection/Configuration/sendBufferLimit`` bytes
    /// is full.
    ///
    /// Messages of one task arrive in their order (on an ordered channel). Returning means queued,
    /// not delivered; ``flushed()`` waits until the transport has it.
    ///
    /// - Throws: `InvalidStateError` unless the channel is open, `TypeError` if the message exceeds
    ///   what the peer takes, `AbortError` if the task is cancelled while it waits: the message was
    ///   then not sent.
    public func send(_ text: String) async throws(WebRTCError) {
        try await send(ChannelOutbox.Message(.text(text)))
    }

    /// Sends bytes: the readable ones of the buffer. See ``send(_:)-(String)``.
    public func send(_ data: ByteBuffer) async throws(WebRTCError) {
        try await send(ChannelOutbox.Message(.binary(data)))
    }

    /// Sends what ``messages`` gave. See ``send(_:)-(String)``.
    public func send(_ message: DataChannelMessage) async throws(WebRTCError) {
        switch message {
        case .text(let text): try await send(text)
        case .binary(let data): try await send(data)
        }
    }

    /// Sends text at once or not at all, as W3C's `send` does.
    ///
    /// - Throws: `OperationError` if the buffer is full, and what ``send(_:)-(String)`` throws.
    public func trySend(_ text: String) throws(WebRTCError) {
        try trySend(ChannelOutbox.Message(.text(text)))
    }

    /// Sends bytes at once or not at all. See ``trySend(_:)-(String)``.
    public func trySend(_ data: ByteBuffer) throws(WebRTCError) {
        try trySend(ChannelOutbox.Message(.binary(data)))
    }

    /// Waits until everything sent so far was taken by the transport, or the channel is closed.
    public func flushed() async {
        await core.wait(on: { $1(&$0.flushWaiters) }) {
            $0.outbox.isEmpty && $0.pendingSends.isEmpty || $0.readyState == .closed
        }
    }

    private func trySend(_ message: ChannelOutbox.Message) throws(WebRTCError) {
        _ = try offer(message, mustFit: true)
    }

    private func send(_ message: ChannelOutbox.Message) async throws(WebRTCError) {
        if try offer(message) { return }
        let id = core.withLock { core in
            core.nextSendID += 1
            return core.nextSendID
        }
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                enqueue(.init(id: id, message: message, continuation: continuation))
            }
        } onCancel: {
            let pending = core.withLock { core -> ChannelCore.PendingSend? in
                guard let index = core.pendingSends.firstIndex(where: { $0.id == id }) else { return nil }
                return core.pendingSends.remove(at: index)
            }
            pending?.continuation.resume(returning: .failure(Self.cancelled))
        }
        try result.get()
    }

    /// Queues a message that found no room; it may have appeared meanwhile.
    private func enqueue(_ pending: ChannelCore.PendingSend) {
        let outcome: Result<Void, WebRTCError>? = core.withLock { core in
            if Task.isCancelled { return .failure(Self.cancelled) }
            do throws(WebRTCError) {
                if try core.offer(pending.message, label: label) { return .success(()) }
            } catch {
                return .failure(error)
            }
            core.pendingSends.append(pending)
            return nil
        }
        guard let outcome else { return }
        if case .success = outcome { schedule() }
        pending.continuation.resume(returning: outcome)
    }

    /// Queues a message; without room for it this is false, or an error if it must fit.
    private func offer(_ message: ChannelOutbox.Message, mustFit: Bool = false) throws(WebRTCError) -> Bool {
        let result: Result<(accepted: Bool, wake: Bool), WebRTCError> = core.withLock { core in
            do throws(WebRTCError) {
                guard try core.offer(message, label: label) else {
                    return mustFit ? .failure(core.noRoom(for: message, label: label)) : .success((false, false))
                }
                defer { core.isScheduled = true }
                return .success((true, !core.isScheduled))
            } catch {
                return .failure(error)
            }
        }
        let (accepted, wake) = try result.get()
        if wake { port.schedule(self) }
        return accepted
    }

    /// Tells the loop that the channel is to be opened, confirmed or closed, though others have
    /// messages that wait.
    func scheduleControl() {
        port.scheduleControl(self)
        // It may have its turn behind others already, which comes later.
        if !schedule() { port.wake() }
    }

    /// Tells the loop that there is something to do here, once until it has done it. False if it
    /// knows already.
    @discardableResult
    func schedule() -> Bool {
        let wake = core.withLock { core in
            defer { core.isScheduled = true }
            return !core.isScheduled
        }
        if wake { port.schedule(self) }
        return wake
    }

    private static var cancelled: WebRTCError {
        WebRTCError(.abort, "send: the task was cancelled while it waited for room; the message was not sent")
    }
}
