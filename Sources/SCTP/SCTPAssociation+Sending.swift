extension SCTPAssociation {
    /// Queues bytes of a message.
    ///
    /// A message that is given whole (`isLast`, and not begun before) and is no longer than half
    /// the send buffer is taken whole or not at all. Of any other, as much is taken as there is
    /// room for; the caller resumes with the rest when told that there is room, and until its last
    /// byte was taken no other message can be sent.
    ///
    /// - Parameters:
    ///   - bytes: at least one byte. RFC 8831 §6.6 has its own PPIDs for empty messages.
    ///   - stream: below ``negotiatedStreams``.
    ///   - ppid: the payload protocol identifier, in host order; the same for all parts of a
    ///     message.
    ///   - reliability: the same for all parts of a message.
    ///   - isLast: whether the message ends with these bytes.
    ///   - isControl: whether it is one of a few short messages that must not wait for room: there
    ///     is some above the buffer's limit.
    /// - Returns: how many bytes were taken. If fewer than given,
    ///   ``SCTPAssociationDelegate/sctpAssociationIsWritable(_:)`` follows. 0 before the
    ///   association is connected.
    package func send(
        _ bytes: Span<UInt8>, stream: UInt16, ppid: UInt32, reliability: SCTPReliability, isLast: Bool,
        isControl: Bool = false
    ) throws(SCTPError) -> Int {
        guard !bytes.isEmpty else { throw SCTPError(.invalidArgument, "SCTP carries no empty messages; send one byte") }
        guard state != .closed, !hasPeerShutDown else {
            throw SCTPError(.closed, "the association is closed; make a new connection")
        }
        guard state == .connected, !native.isInside else {
            wantsWritable = true
            mayHaveRoom = true
            hasDeferred = true
            return 0
        }
        guard stream < negotiatedStreams else {
            throw SCTPError(
                .invalidStream, "stream \(stream) is not one of the \(negotiatedStreams) of this association")
        }
        if stream >= streams.outbound { wantStream(stream) }
        guard stream < streams.outbound || stream < negotiatedStreams else {
            throw SCTPError(.invalidStream, "the peer takes no more than \(negotiatedStreams) streams")
        }
        guard stream < streams.outbound, !awaitsStreams || openStream == stream else {
            awaitRoom()
            return 0
        }
        guard resetAttempts[stream] == nil || openStream == stream else {
            throw SCTPError(.streamResetting, "stream \(stream) is being reset; wait for the end of it")
        }
        guard openStream == nil || openStream == stream,
            isControl || hasRoomForItem() && (openStream == stream || hasRoomInWindow())
        else {
            awaitRoom()
            return 0
        }
        let isWhole = isLast && openStream == nil && bytes.count <= configuration.sendBufferBytes / 2
        if isControl { native.setSendBuffer(configuration.sendBufferBytes + Self.controlReserve) }
        let result = native.write(
            bytes, stream: stream, ppid: ppid, reliability: reliability, isLast: isLast, isWhole: isWhole, sink: self)
        if isControl { native.setSendBuffer(configuration.sendBufferBytes) }
        defer {
            if hasDeferred {
                settle()
            }
        }
        switch result {
        case .accepted(let count):
            account(count, of: bytes.count, stream: stream, isLast: isLast)
            return count
        case .full:
            awaitRoom()
            return 0
        case .failed(let code):
            throw NativeSocket.writeError(code, stream: stream)
        }
    }

    /// In bytes: room for the names of some channels (RFC 8832 §5.1), and the confirmations of all.
    private static let controlReserve = 512 << 10

    private func account(_ count: Int, of offered: Int, stream: UInt16, isLast: Bool) {
        counters.bytesSent &+= UInt64(count)
        ledger.queued(messageEnd: isLast && count == offered, byteCount: count)
        if count < offered {
            awaitRoom()
        }
        if isLast, count == offered {
            counters.messagesSent &+= 1
            let wasOpen = openStream != nil
            openStream = nil
            // The others had to wait for the end of this message.
            if wasOpen, wantsWritable || !pendingResets.isEmpty {
                mayHaveRoom = true
                hasDeferred = true
            }
        } else if count > 0 {
            openStream = stream
        }
    }

    /// The owner is told when something may have made room; what has come so far did not make
    /// enough.
    private func awaitRoom() {
        wantsWritable = true
        mayHaveRoom = false
    }

    /// Whether the peer's window is not used up by what waits already, and a little more.
    ///
    /// usrsctp numbers what it has, whether or not the peer has room: then a channel is opened, or
    /// another's message sent, behind all of it. So what the peer has no room for stays with the
    /// owner, who can choose.
    private func hasRoomInWindow() -> Bool {
        let limit = Int(peerWindow) + min(max(Int(peerWindow), Self.leastAhead), Self.mostAhead)
        guard ledger.mostWaiting >= limit else { return true }
        ledger.settle(waiting: native.queuedBytes)
        return ledger.mostWaiting < limit
    }

    /// How many bytes are ready for when the window opens.
    private static let leastAhead = 16 << 10
    private static let mostAhead = 64 << 10

    /// Whether another message may be begun, as far as their number goes.
    private func hasRoomForItem() -> Bool {
        guard ledger.isFull else { return true }
        ledger.settle(waiting: native.queuedBytes)
        return !ledger.isFull
    }
}
