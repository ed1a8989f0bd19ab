internal import AsyncQueues
internal import DequeModule
internal import JSEP

/// The state of a data channel, guarded by the channel's lock: what may be touched from any thread.
struct ChannelCore {
    /// A message that found no room, and the task that waits with it.
    struct PendingSend {
        let id: UInt64
        let message: ChannelOutbox.Message
        let continuation: CheckedContinuation<Result<Void, WebRTCError>, Never>
    }

    /// What a reader is given.
    typealias Taken = AsyncQueues.Taken<DataChannelMessage, WebRTCError>

    /// A message, and the task that has waited for it.
    struct Delivery {
        let reader: WaiterQueue<Taken>.Continuation
        let message: DataChannelMessage

        /// Outside of the channel's lock.
        func resume() { reader.resume(returning: Taken(outcome: .success(message))) }
    }

    var readyState = DataChannelState.connecting
    var id: UInt16?
    var error: WebRTCError?
    /// What was the first to close it.
    private(set) var closer: ChannelCloser?
    /// Why it does not open at the moment.
    var hindrance: WebRTCError?
    var hasBeenOpen = false
    var inbox: ChannelInbox
    var outbox: ChannelOutbox
    /// The largest message that the peer takes; known once connected.
    var maxMessageSize: Int?

    var pendingSends: Deque<PendingSend> = []
    var nextSendID: UInt64 = 0
    var readers = WaiterQueue<Taken>()
    var openWaiters = WaiterQueue<Void>()
    var closeWaiters = WaiterQueue<Void>()
    var flushWaiters = WaiterQueue<Void>()

    /// True while the loop knows that this channel has something to send.
    var isScheduled = false
    /// True once the peer has confirmed the channel, so that unordered messages cannot overtake its
    /// opening (RFC 8832 §6).
    var isAcknowledged = false
    /// True from when the inbox is full until half of it was read.
    private(set) var isUnread = false
    /// What waits here and in the other channels of the connection.
    private let unread: UnreadBudget
    /// False once the channel was closed on this side: what is left to be read is the application's
    /// affair.
    private var isCounted = true

    var messagesSent: UInt64 = 0
    var bytesSent: UInt64 = 0
    var messagesReceived: UInt64 = 0
    var bytesReceived: UInt64 = 0
    /// What SCTP has taken since the peer has fallen silent.
    private var heldCounts: (messages: UInt64, bytes: UInt64) = (0, 0)

    init(receiveLimit: Int, sendLimit: Int, unread: UnreadBudget = UnreadBudget(limit: .max)) {
        self.unread = unread
        inbox = ChannelInbox(limit: receiveLimit)
        outbox = ChannelOutbox(limit: sendLimit)
    }

    /// Queues a message, or says why not: `nil` means that there is no room now.
    mutating func offer(_ message: ChannelOutbox.Message, label: String) throws(WebRTCError) -> Bool {
        guard readyState == .open else { throw error ?? notOpen("send", label: label) }
        if let refusal = refusal(ofSize: message.byteCount) { throw refusal }
        guard pendingSends.isEmpty, outbox.hasRoom(for: message.byteCount) else { return false }
        outbox.append(message)
        return true
    }

    /// Says why ``offer(_:label:)`` has just found no room.
    func noRoom(for message: ChannelOutbox.Message, label: String) -> WebRTCError {
        let tasks = pendingSends.isEmpty ? "" : ", and tasks wait in send(_:) before it"
        return WebRTCError(
            .operation,
            "trySend: channel '\(label)' has no room for \(message.byteCount) bytes: \(outbox.fullness)\(tasks); use "
                + "send(_:), which waits for room, or try again after an event of bufferedAmountLow")
    }

    /// Notes what closes it.
    mutating func note(_ closer: ChannelCloser?) { self.closer = self.closer ?? closer }

    /// Says of a channel without an error why it is not open.
    func notOpen(_ operation: String, label: String) -> WebRTCError {
        let reason =
            switch readyState {
            case .connecting, .open: "channel '\(label)' is not open yet; wait for opened(within:)"
            case .closing, .closed:
                closer?.sentence(label: label)
                    ?? "channel '\(label)' is closed; make another one with createDataChannel"
            }
        return WebRTCError(.invalidState, "\(operation): \(reason)")
    }

    /// Why a message of this size cannot be sent, if the peer takes none as large.
    func refusal(ofSize byteCount: Int) -> WebRTCError? {
        guard let maxMessageSize, byteCount > maxMessageSize else { return nil }
        return WebRTCError(
            .type,
            "send: the message has \(byteCount) bytes, the peer takes at most \(maxMessageSize); "
                + "split it, or raise maxMessageSize in the configuration of the other end")
    }

    /// Counts a message that SCTP has taken. While the peer does not answer nobody knows whether it
    /// leaves: it counts once the peer is heard again.
    mutating func countSent(_ byteCount: Int, isUnanswered: Bool) {
        if isUnanswered {
            heldCounts.messages += 1
            heldCounts.bytes += UInt64(byteCount)
        } else {
            messagesSent += 1
            bytesSent += UInt64(byteCount)
        }
    }

    /// The peer is heard again.
    mutating func countHeld() {
        messagesSent += heldCounts.messages
        bytesSent += heldCounts.bytes
        heldCounts = (0, 0)
    }

    /// Keeps a message that has arrived. True if so much waits now that this is to be told, which
    /// is once until half was read.
    mutating func receive(_ message: DataChannelMessage) -> Bool {
        // Any message shows that the peer knows of the channel (RFC 8832 §6).
        isAcknowledged = true
        messagesReceived += 1
        bytesReceived += UInt64(message.byteCount)
        inbox.append(message)
        unread.add(ChannelInbox.cost(of: message))
        guard inbox.isFull, !isUnread else { return false }
        isUnread = true
        return true
    }

    /// Takes the next message that has arrived. `opensWindow` if enough was read for the peer's
    /// window to be looked at.
    mutating func popMessage() -> (message: DataChannelMessage?, opensWindow: Bool) {
        guard let message = inbox.popFirst() else { return (nil, false) }
        if inbox.isDrained { isUnread = false }
        return (message, isCounted && unread.remove(ChannelInbox.cost(of: message)))
    }

    /// Takes the next message or the end; nil if a reader has to wait.
    mutating func take() -> Taken? {
        let (message, opensWindow) = popMessage()
        if let message { return Taken(outcome: .success(message), hasRoomAgain: opensWindow) }
        return readyState == .closed ? end : nil
    }

    /// What readers get once the channel is closed and read empty.
    var end: Taken { Taken(outcome: error.map { .failure($0) } ?? .success(nil)) }

    /// Takes as many messages as there are tasks that wait for one, to be handed over outside of
    /// the lock.
    mutating func takeDeliveries() -> (deliveries: [Delivery], opensWindow: Bool) {
        var deliveries: [Delivery] = []
        var opensWindow = false
        while !readers.isEmpty, !inbox.isEmpty, let reader = readers.popFirst() {
            let (message, opens) = popMessage()
            opensWindow = opensWindow || opens
            if let message { deliveries.append(Delivery(reader: reader, message: message)) }
        }
        return (deliveries, opensWindow)
    }

    /// What waits here stands in the way of no other channel any more. True if the peer's window is
    /// to be looked at.
    mutating func stopCounting() -> Bool {
        isUnread = false
        guard isCounted else { return false }
        isCounted = false
        return unread.remove(inbox.byteCount)
    }

    /// Moves waiting messages into the room that has become free, once half of it is, so that a
    /// task that sends much is woken for many messages and not for each. The continuations are to
    /// be resumed outside the lock.
    mutating func admitPendingSends() -> [PendingSend] {
        guard outbox.isHalfEmpty else { return [] }
        var admitted: [PendingSend] = []
        while let first = pendingSends.first, outbox.hasRoom(for: first.message.byteCount) {
            outbox.append(first.message)
            admitted.append(first)
            pendingSends.removeFirst()
        }
        return admitted
    }
}
