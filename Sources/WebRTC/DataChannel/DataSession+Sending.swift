internal import AsyncQueues
internal import DequeModule
internal import JSEP
internal import NIOCore
internal import SCTP
internal import Synchronization

// Out: from the channels' queues into SCTP, one message of each channel in turn.
extension DataSession {
    /// What came of trying to send a channel's first message.
    private enum Progress {
        case sent, blocked, idle
    }

    /// Sends what waits, until nothing does or SCTP has no room. On the loop.
    func flush() {
        let scheduled = port.takeScheduled()
        controls.append(contentsOf: scheduled.controls)
        ready.append(contentsOf: scheduled.channels)
        association?.process()
        updateWindow()
        resumeReaders()
        sendControls()
        while let channel = ready.popFirst() {
            guard let association = connected else {
                // What waits for the next association is sent then.
                if !isSuspended { closeUnopened(channel) }
                continue
            }
            switch sendFirst(of: channel, through: association) {
            case .sent: ready.append(channel)
            case .blocked:
                ready.prepend(channel)
                return
            case .idle: continue
            }
        }
    }

    /// Opening, confirming and closing a channel does not wait for the data of others: SCTP keeps
    /// some room for it. What it refuses all the same, because another message has begun, is tried
    /// again with the next turn.
    private func sendControls() {
        guard !controls.isEmpty else { return }
        // Nothing comes between the parts of a message; asking for each channel would cost as much
        // with each packet.
        if connected?.openStream != nil { return }
        let due = controls
        controls = []
        // Without an association the channels have their turn when there is one.
        guard let association = connected else { return }
        for channel in due where !sendControl(of: channel, through: association) { controls.append(channel) }
    }

    /// False if SCTP does not take it now.
    private func sendControl(of channel: DataChannel, through association: SCTPAssociation) -> Bool {
        while channel.core.withLock({ $0.outbox.first?.isControl ?? ($0.readyState == .closing) }) {
            switch sendFirst(of: channel, through: association) {
            case .sent: continue
            case .idle: return true
            case .blocked: return false
            }
        }
        return true
    }

    /// A channel that was closed before the association was up needs no reset.
    private func closeUnopened(_ channel: DataChannel) {
        channel.core.withLock { $0.isScheduled = false }
        if channel.readyState == .closing { finish(channel) }
    }

    private func sendFirst(of channel: DataChannel, through association: SCTPAssociation) -> Progress {
        let (first, isAcknowledged, isClosing) = channel.core.withLock { core in
            if core.outbox.isEmpty { core.isScheduled = false }
            return (core.outbox.first, core.isAcknowledged, core.readyState == .closing)
        }
        guard let id = channel.id, channels[id] === channel else { return .idle }
        guard let first else {
            if isClosing { reset(channel, stream: id, through: association) }
            return .idle
        }
        var reliability = channel.reliability
        if !isAcknowledged { reliability.ordered = true }
        let offset = partialOffsets[id] ?? 0
        let accepted: Int
        do throws(SCTPError) {
            accepted = try send(first, from: offset, stream: id, reliability: reliability, through: association)
        } catch {
            // The peer may have refused more streams.
            if connected != nil { ids.limit = min(ids.limit, association.negotiatedStreams) }
            finish(channel, error: WebRTCError(.sctpFailure, "channel '\(channel.label)': \(error)"))
            return .idle
        }
        guard accepted > 0 else { return .blocked }
        let isComplete = offset + accepted >= max(1, first.byteCount) || first.isControl
        partialOffsets[id] = isComplete ? nil : offset + accepted
        let isLast = complete(first, taken: accepted, isComplete: isComplete, of: channel)
        if isLast, isClosing { reset(channel, stream: id, through: association) }
        return isComplete ? .sent : .blocked
    }

    /// Hands a message to SCTP under its payload protocol (RFC 8831 §8). Returns how many bytes it
    /// took.
    private func send(
        _ message: ChannelOutbox.Message, from offset: Int, stream: UInt16, reliability: ChannelReliability,
        through association: SCTPAssociation
    ) throws(SCTPError) -> Int {
        switch message.payload {
        case .control(let bytes):
            return try association.send(
                bytes.span, stream: stream, ppid: DataChannelPPID.dcep.rawValue, reliability: .reliable, isLast: true,
                isControl: true)
        case .text(let text) where message.byteCount > 0:
            let utf8 = text.utf8Span.span
            return try association.send(
                utf8.extracting(offset..<utf8.count), stream: stream, ppid: DataChannelPPID.string.rawValue,
                reliability: SCTPReliability(reliability), isLast: true)
        case .binary(let buffer) where message.byteCount > 0:
            let bytes = buffer.readableBytesUInt8Span
            return try association.send(
                bytes.extracting(offset..<bytes.count), stream: stream, ppid: DataChannelPPID.binary.rawValue,
                reliability: SCTPReliability(reliability), isLast: true)
        // SCTP has no empty messages: one zero byte under a payload protocol of its own (RFC 8831
        // §6.6).
        case .text, .binary:
            let ppid: DataChannelPPID = if case .text = message.payload { .stringEmpty } else { .binaryEmpty }
            return try association.send(
                Self.emptyMessage.span, stream: stream, ppid: ppid.rawValue, reliability: SCTPReliability(reliability),
                isLast: true)
        }
    }

    private static let emptyMessage: [UInt8] = [0]

    /// Counts what SCTP took, tells who waited for it. True if nothing else waits in the channel.
    private func complete(
        _ message: ChannelOutbox.Message, taken: Int, isComplete: Bool, of channel: DataChannel
    ) -> Bool {
        let isUnanswered = association?.isUnanswered ?? false
        hasHeldCounts = hasHeldCounts || isUnanswered
        let (isLow, admitted, flushed, isEmpty) = channel.core.withLock { core in
            let isLow = core.outbox.consume(min(taken, message.byteCount))
            if isComplete {
                core.outbox.removeFirst()
                if !message.isControl { core.countSent(message.byteCount, isUnanswered: isUnanswered) }
            }
            let admitted = core.pendingSends.isEmpty ? [] : core.admitPendingSends()
            let flushed = core.outbox.isEmpty && !core.flushWaiters.isEmpty ? core.flushWaiters.removeAll() : []
            return (isLow, admitted, flushed, core.outbox.isEmpty)
        }
        if isLow { channel.lowEvents.send(()) }
        for send in admitted { send.continuation.resume(returning: .success(())) }
        for waiter in flushed { waiter.resume() }
        return isEmpty
    }

    /// Everything was sent: reset the stream, which tells the peer that the channel closes (RFC
    /// 8831 §6.7).
    private func reset(_ channel: DataChannel, stream: UInt16, through association: SCTPAssociation) {
        guard outgoingReset.insert(stream).inserted else { return }
        association.resetOutgoing(streams: [stream])
    }
}

extension ChannelOutbox.Message {
    /// Whether it is DCEP's, not the application's.
    var isControl: Bool {
        if case .control = payload { true } else { false }
    }
}

extension SCTPReliability {
    init(_ reliability: ChannelReliability) {
        let limit: Limit =
            if let count = reliability.maxRetransmits {
                .maxRetransmits(count)
            } else if let time = reliability.maxPacketLifeTime {
                .maxPacketLifeTime(time)
            } else {
                .none
            }
        self.init(ordered: reliability.ordered, limit: limit)
    }
}
