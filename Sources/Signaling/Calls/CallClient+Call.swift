internal import AsyncQueues
internal import JSEP
internal import Synchronization

extension CallClient {
    /// A call, of this user's or another one's. It lasts until it has ended, whoever holds it.
    public final class Call: Sendable, Identifiable {
        private struct Progress: Sendable {
            /// All states so far, the present one last; no call has more than three.
            var states: [CallState] = [.ringing]
            var readers: [AsyncQueue<CallState, Never>] = []
            var successor: Call?
        }

        /// The call's id, the same at both ends.
        public let id: String
        /// The user at the other end.
        public let user: String
        /// Whether this end has called.
        public let isOutgoing: Bool

        private let progress = Mutex(Progress())
        private let inbox: PeerInbox
        private let board: CallBoard

        init(
            _ id: String, _ user: String, isOutgoing: Bool, _ configuration: SignalingClientConfiguration,
            _ board: CallBoard
        ) {
            self.id = id
            self.user = user
            self.isOutgoing = isOutgoing
            self.board = board
            let queue = AsyncQueue<SignalingEvent, SignalingError>(
                .init(
                    count: configuration.queueLimit, bytes: min(configuration.queueBytes, 1 << 19), overflow: .refuse,
                    cost: \.textBytes))
            inbox = PeerInbox(queue) {}
        }

        /// Whether this end's negotiator is the polite one: that of the one who was called.
        public var isPolite: Bool { !isOutgoing }

        /// Where the call stands.
        public var state: CallState { progress.withLock { $0.states.last ?? .ringing } }

        /// Where the call stands, from its beginning on; ends after `.ended`. Each reader has all.
        public var states: some AsyncSequence<CallState, Never> & Sendable {
            let queue = AsyncQueue<CallState, Never>(.init(count: 4, overflow: .admit))
            let isOver = progress.withLock { progress in
                for state in progress.states { _ = queue.enqueue(state) }
                guard progress.states.last?.isEnded != true else { return true }
                progress.readers.append(queue)
                return false
            }
            if isOver { queue.finish() }
            return queue
        }

        /// The other user's call that this one has yielded to, where it has ended as `.glare`. It
        /// is accepted: this end is its polite one, and needs a new negotiator and connection for
        /// it.
        public var successor: Call? { progress.withLock { $0.successor } }

        /// The way to the other end, for one negotiator. What the negotiator says of a call that
        /// rings here is sent when it is accepted. It ends with the call.
        public var channel: PeerSignaling {
            PeerSignaling(inbox) { [board, id] (payload, note) async throws(SignalingError) in
                try board.send(CallRecord.Said(payload: payload, note: note), id)
            }
        }

        /// Takes a call that rings here. Another device of the user's may have been quicker; then
        /// it ends as `.answeredElsewhere`.
        public func accept() { board.run { core, _ in core.accept(self.id) } }

        /// Does not take a call that rings here.
        ///
        /// - Parameter reason: a word for the other end's program; `busy` is known to all.
        public func reject(reason: String? = nil) { board.run { core, _ in core.reject(self.id, reason: reason) } }

        /// Ends the call; one that rings here is rejected.
        public func hangUp() { board.run { core, _ in core.hangUp(self.id) } }

        // MARK: What the board does under its lock; it carries out the effects later

        func advance(to state: CallState) -> [CallBoard.Effect] {
            let (wakeups, over) = progress.withLock { progress in
                progress.states.append(state)
                let wakeups = progress.readers.map { $0.enqueue(state).1 }
                guard state.isEnded else { return (wakeups, [AsyncQueue<CallState, Never>]()) }
                defer { progress.readers = [] }
                return (wakeups, progress.readers)
            }
            let effects: [CallBoard.Effect] = wakeups.map { wakeups in { wakeups.resume() } }
            guard state.isEnded else { return effects }
            return effects + [
                { [inbox] in
                    for reader in over { reader.finish() }
                    inbox.queue.finish()
                }
            ]
        }

        func deliver(_ event: SignalingEvent) -> [CallBoard.Effect] {
            let (push, wakeups) = inbox.queue.enqueue(event)
            guard push.lost > 0 else { return [{ wakeups.resume() }] }
            let error = SignalingError(.inboxFull, "more comes for the negotiator of a call than it reads")
            return [
                { [inbox] in
                    wakeups.resume()
                    inbox.queue.finish(throwing: error)
                }
            ]
        }

        func yield(to other: Call?) { progress.withLock { $0.successor = other } }
    }
}
