internal import AsyncQueues
internal import Logging
internal import SharedState
internal import Synchronization

extension SharedMap {
    /// Reads what was stored, and begins to store.
    func start() {
        let isNew = state.withLock { state in
            guard case .new = state.phase else { return false }
            state.phase = .loading
            return true
        }
        guard isNew else { return }
        guard let storage, let writer else { return open() }
        let loading = Task {
            let stored = await storage.load()
            for report in stored.reports { self.report(report) }
            self.update { $0.replica.restore(stored, at: $1) }
            self.open()
            await writer.run { event in self.take(event) }
        }
        // Nobody waits for a disk that does not answer.
        let patience = Task {
            try? await Task.sleep(for: .seconds(2))
            self.open()
        }
        tasks.withLock { $0 = [loading, patience] }
    }

    /// Stores what is left, and ends every subscription.
    func stop() async {
        let (openers, writes, timer) = state.withLock { state in
            defer {
                state.phase = .stopped
                state.senders = [:]
                state.openers = []
                state.settlers = []
                state.waiting = [:]
                state.timer = nil
                state.timerDeadline = nil
            }
            return (state.openers + state.settlers, state.waiting, state.timer)
        }
        timer?.cancel()
        for opener in openers { opener.resume() }
        for write in writes.values { write.finish() }
        writer?.finish()
        let tasks = tasks.withLock { $0 }
        // Not the first, which has something to store.
        for task in tasks.dropFirst() { task.cancel() }
        for task in tasks { await task.value }
        changes.finish()
        conflictSource.finish()
    }

    /// Writes may be made from now on: what was stored is known, or is waited for no longer.
    private func open() {
        let openers = state.withLock { state -> [CheckedContinuation<Void, Never>] in
            guard case .loading = state.phase else { return [] }
            state.phase = .running
            defer { state.openers = [] }
            return state.openers
        }
        for opener in openers { opener.resume() }
    }

    // MARK: Peers

    /// Messages to a peer are possible from now on.
    func linkOpened(to peer: ReplicaID, send: @escaping Sender) {
        state.withLock { if $0.phase != .stopped { $0.senders[peer] = send } }
        update { state, time in
            // Who comes while somebody waits for others to have a write is asked, too.
            state.replica.linkOpened(to: peer, at: time)
                + state.waiting.sorted { $0.key < $1.key }.map { number, write in
                    .send([peer], .entries([write.entry], acknowledge: number))
                }
        }
    }

    func linkClosed(to peer: ReplicaID) {
        state.withLock { $0.senders[peer] = nil }
        update { $0.replica.linkClosed(to: peer, at: $1) }
        settle(peer)
    }

    func receive(_ text: String, from peer: ReplicaID) {
        // To read it takes longer than all that follows: others use the state meanwhile.
        let message = StateMessage(parsing: text)
        update { $0.replica.receive(message, from: peer, at: $1) }
    }

    // MARK: Leaving

    /// Waits until all who are connected hold what is held here, at most that long; not at all if
    /// nothing was written here.
    func settled(within timeout: Duration) async {
        let deadline = Task {
            guard (try? await Task.sleep(for: timeout)) != nil else { return }
            self.settle()
        }
        await withCheckedContinuation { continuation in
            let isSettled = state.withLock { state in
                guard state.phase == .running, !state.senders.isEmpty, state.replica.statistics.written > 0 else {
                    return true
                }
                state.unsettled = Set(state.senders.keys)
                state.settlers.append(continuation)
                return false
            }
            if isSettled { continuation.resume() } else { update { $0.replica.compareNow(at: $1) } }
        }
        deadline.cancel()
    }

    /// A peer holds the same, or is gone; nil when nobody waits any longer.
    private func settle(_ peer: ReplicaID? = nil) {
        let settlers = state.withLock { state -> [CheckedContinuation<Void, Never>] in
            if let peer { state.unsettled.remove(peer) } else { state.unsettled = [] }
            guard state.unsettled.isEmpty else { return [] }
            defer { state.settlers = [] }
            return state.settlers
        }
        for settler in settlers { settler.resume() }
    }

    // MARK: Actions

    func perform(_ action: StateAction) {
        switch action {
        case .send(let peers, let message): send(message, to: peers)
        case .persist(let record): writer?.add(record)
        case .acknowledge(let peer, let number):
            guard let writer else { return send(.acknowledgement(number, isStored: false), to: [peer]) }
            writer.add(StateWriter.Receipt(peer: peer, number: number))
        case .acknowledged(let number, let peer, let isStored): acknowledged(number, by: peer, isStored: isStored)
        case .inStep(let peer): settle(peer)
        case .changed(let change): changes.send(change)
        case .conflict(let conflict): conflictSource.send(conflict)
        case .report(let report): self.report(report)
        }
    }

    private func take(_ event: StateWriter.Event) {
        switch event {
        case .received(let receipts, let isStored):
            for receipt in receipts { send(.acknowledgement(receipt.number, isStored: isStored), to: [receipt.peer]) }
        case .report(let report): self.report(report)
        }
    }

    private func report(_ report: StateReport) {
        logger.warning("shared state", metadata: ["report": "\(report)"])
        tell(report)
    }

    private func send(_ message: StateMessage, to peers: [ReplicaID]) {
        let text = message.serialized()
        let senders = state.withLock { state in peers.compactMap { peer in state.senders[peer].map { (peer, $0) } } }
        for (peer, send) in senders where !send(text) { update { $0.replica.sendFailed(to: peer, at: $1) } }
    }

    private func acknowledged(_ number: UInt64, by peer: ReplicaID, isStored: Bool) {
        let done = state.withLock { state -> WaitingWrite? in
            state.waiting[number]?.note(peer, isStored: isStored)
            // Who waits may not be there yet.
            guard let write = state.waiting[number], write.isDone, write.continuation != nil else { return nil }
            state.waiting[number] = nil
            return write
        }
        done?.finish()
    }
}
