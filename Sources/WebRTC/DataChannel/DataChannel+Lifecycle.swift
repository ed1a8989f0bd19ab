internal import AsyncQueues
internal import DequeModule
internal import JSEP
internal import Synchronization

// What the connection's loop tells the channel. Each call takes the lock briefly and resumes
// waiters outside of it.
extension DataChannel {
    /// Closes the channel: what was sent still goes out, then the stream is reset on both sides
    /// (RFC 8831 §6.7). At once, from anywhere, any number of times. Tasks that wait in `send`
    /// fail.
    ///
    /// What the peer sends from here on is not delivered; what has arrived before can still be
    /// read.
    public func close() {
        guard beginClosing(by: .application) else { return }
        // Nobody may read it any more, and the peer's window is that of all channels. The loop
        // looks at it with what is scheduled here.
        core.withLock { _ = $0.stopCounting() }
        scheduleControl()
    }

    /// The peer has reset its side: say `closing`, unless this side has already.
    func peerDidClose() {
        guard beginClosing(by: .peer) else { return }
        states.send(.closing)
        scheduleControl()
    }

    /// Stops accepting messages. False if that has happened before.
    private func beginClosing(by closer: ChannelCloser) -> Bool {
        struct Waiting {
            var sends: Deque<ChannelCore.PendingSend>
            var openings: [WaiterQueue<Void>.Continuation]
            var error: WebRTCError
        }
        let waiting = core.withLock { core -> Waiting? in
            guard core.readyState == .connecting || core.readyState == .open else { return nil }
            core.readyState = .closing
            core.note(closer)
            defer { core.pendingSends = [] }
            return Waiting(
                sends: core.pendingSends, openings: core.openWaiters.removeAll(),
                error: core.notOpen(Self.notSent, label: label))
        }
        guard let waiting else { return false }
        for send in waiting.sends { send.continuation.resume(returning: .failure(waiting.error)) }
        for waiter in waiting.openings { waiter.resume() }
        return true
    }

    /// For a message that waited for room.
    private static let notSent = "send: the message was not sent"

    func assign(id: UInt16?) {
        core.withLock { $0.id = id }
    }

    /// Wakes those who wait for the channel to open, if there is an error, and keeps it for those
    /// to come.
    func setHindrance(_ error: WebRTCError?) {
        let waiters = core.withLock { core in
            core.hindrance = error
            return error == nil ? [] : core.openWaiters.removeAll()
        }
        for waiter in waiters { waiter.resume() }
    }

    /// The transport is up. Queues the opening message, if there is one, and says `open`.
    func didOpen(opening: [UInt8]?, maxMessageSize: Int, isAcknowledged: Bool) {
        let waiters = core.withLock { core -> [WaiterQueue<Void>.Continuation]? in
            guard core.readyState == .connecting else { return nil }
            core.readyState = .open
            core.hasBeenOpen = true
            core.maxMessageSize = maxMessageSize
            core.isAcknowledged = isAcknowledged
            if let opening { core.outbox.append(.init(.control(opening))) }
            return core.openWaiters.removeAll()
        }
        guard let waiters else { return }
        states.send(.open)
        for waiter in waiters { waiter.resume() }
        if opening != nil { scheduleControl() }
    }

    /// The peer takes messages of another size from now on. Those that wait for room and are larger
    /// fail; what is queued goes out.
    func setMaxMessageSize(_ size: Int) {
        let failed = core.withLock { core -> [(ChannelCore.PendingSend, WebRTCError)] in
            guard core.maxMessageSize != nil else { return [] }
            core.maxMessageSize = size
            let failed = core.pendingSends.compactMap { send in
                core.refusal(ofSize: send.message.byteCount).map { (send, $0) }
            }
            core.pendingSends.removeAll { $0.message.byteCount > size }
            return failed
        }
        for (send, error) in failed { send.continuation.resume(returning: .failure(error)) }
    }

    func didAcknowledge() {
        core.withLock { $0.isAcknowledged = true }
    }

    /// Keeps a message. `isUnread` if it is the one by which too much waits for readers;
    /// `hasReader` if ``resumeReaders()`` has to follow.
    func didReceive(_ message: DataChannelMessage) -> (isUnread: Bool, hasReader: Bool) {
        core.withLock { core in
            // W3C §6.2: what comes for a channel that is not open is discarded.
            guard core.readyState == .open else { return (false, false) }
            return (core.receive(message), !core.readers.isEmpty)
        }
    }

    /// Hands messages to the tasks that wait for one.
    func resumeReaders() {
        let (deliveries, opensWindow) = core.withLock { $0.takeDeliveries() }
        if opensWindow { port.resumeReading() }
        for delivery in deliveries { delivery.resume() }
    }

    /// The end, whoever caused it. What has arrived can still be read. True if the channel had been
    /// open until now.
    @discardableResult
    func didClose(error: WebRTCError? = nil, by closer: ChannelCloser? = nil) -> Bool {
        struct Waiting {
            var hasBeenOpen: Bool
            var failure: WebRTCError
            var end: ChannelCore.Taken
            var opensWindow: Bool
            /// Held until here, to be let go outside of the lock.
            var unsent: Deque<ChannelOutbox.Message>
            var deliveries: [ChannelCore.Delivery] = []
            var sends: [ChannelCore.PendingSend] = []
            var readers: [WaiterQueue<ChannelCore.Taken>.Continuation] = []
            var others: [WaiterQueue<Void>.Continuation] = []
        }
        let waiting = core.withLock { core -> Waiting? in
            guard core.readyState != .closed else { return nil }
            core.readyState = .closed
            core.error = error
            core.note(closer)
            let unsent = core.outbox.removeAll()
            let (deliveries, opensWindow) = core.takeDeliveries()
            defer { core.pendingSends = [] }
            return Waiting(
                hasBeenOpen: core.hasBeenOpen, failure: error ?? core.notOpen(Self.notSent, label: label),
                end: core.end, opensWindow: opensWindow, unsent: unsent,
                deliveries: deliveries,
                sends: Array(core.pendingSends),
                readers: core.readers.removeAll(),
                others: core.openWaiters.removeAll() + core.closeWaiters.removeAll() + core.flushWaiters.removeAll())
        }
        guard let waiting else { return false }
        if waiting.opensWindow { port.resumeReading() }
        states.send(.closed)
        states.finish()
        lowEvents.finish()
        for send in waiting.sends { send.continuation.resume(returning: .failure(waiting.failure)) }
        for delivery in waiting.deliveries { delivery.resume() }
        for reader in waiting.readers { reader.resume(returning: waiting.end) }
        for waiter in waiting.others { waiter.resume() }
        return waiting.hasBeenOpen
    }
}
