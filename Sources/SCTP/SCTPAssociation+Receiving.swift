extension SCTPAssociation {
    /// Takes in a packet that DTLS has decrypted. The bytes are copied. Anything may be in it: what
    /// is not SCTP, or not ours, is dropped and counted.
    ///
    /// - Parameter isLast: false when more packets may follow in this turn of the loop, and
    ///   ``processArrivals()`` and in the end ``process()`` after them: what they bring is read
    ///   then, which is cheaper than after each.
    package func receive(_ packet: Span<UInt8>, isLast: Bool = true) {
        guard state != .closed else { return }
        guard isOurs(packet) else {
            counters.packetsDropped &+= 1
            return
        }
        // An INIT before our connect() would be answered with ABORT, so it waits (the peer's DTLS
        // may finish first).
        if state == .new || native.isInside {
            keep(packet)
            return
        }
        if isLast {
            take(packet)
            settle()
            return
        }
        switch heldAcknowledgement.admit(packet) {
        case .pass: take(packet)
        case .hold(let isFirst): if isFirst { mailbox.signal() }
        case .drop: counters.packetsReceived &+= 1
        }
    }

    /// Gives usrsctp the SACK that has waited.
    func releaseAcknowledgement() {
        guard let packet = heldAcknowledgement.release(), state != .closed else { return }
        take(packet.span)
    }

    /// The common header names both ports (RFC 9260 §3.1). Packets for others would reach the
    /// listening part of usrsctp, which has nothing to say to them.
    private func isOurs(_ packet: Span<UInt8>) -> Bool {
        guard packet.count >= 16 else { return false }
        let source = UInt16(packet[0]) << 8 | UInt16(packet[1])
        let destination = UInt16(packet[2]) << 8 | UInt16(packet[3])
        return source == configuration.remotePort && destination == configuration.localPort
    }

    private func keep(_ packet: Span<UInt8>) {
        guard inbox.count < Self.inboxCapacity else {
            counters.packetsDropped &+= 1
            return
        }
        hasDeferred = true
        inbox.append(packet.array)
    }

    private func take(_ packet: Span<UInt8>) {
        counters.packetsReceived &+= 1
        mayHaveRoom = true
        unansweredSince = nil
        if roundTrips.isAwaited { roundTrips.received(packet, at: clock.now) }
        if pathMTU.isProbing { readProbes(packet) }
        // INIT, INIT ACK and SACK have it in the same place (RFC 9260 §3.3.2 to §3.3.4).
        if 1...3 ~= packet[12], let window = packet.uint32(at: 20) { peerWindow = window }
        if let frequency = pace.received(at: NativeStack.shared.elapsed), state == .connected {
            native.setAcknowledgement(frequency: frequency)
        }
        if state == .connecting { notePeerStreams(packet) }
        // What may be dropped for pace comes first: what the guard has admitted has to come to
        // usrsctp.
        let reconfigures = SCTPPacket.reconfigures(packet)
        guard !reconfigures || makesRoomForNotification() else {
            counters.packetsDropped &+= 1
            return
        }
        guard state != .closed else { return }
        switch arrivals.admit(
            packet, isConnecting: state == .connecting, mayBeRefused: readInterval != nil)
        {
        case .pass: accept(packet, reconfigures: reconfigures)
        case .rest(let rest): accept(NativeSocket.withChecksum(rest).span, reconfigures: reconfigures)
        case .drop: counters.packetsDropped &+= 1
        case .violation(let text):
            finish(error: SCTPError(.aborted, "the peer broke SCTP's rules: \(text)", cause: 13), isReported: true)
        }
    }

    /// Gives usrsctp what was found harmless, and does what follows from it.
    private func accept(_ packet: Span<UInt8>, reconfigures: Bool) {
        if reconfigures, let revised = ReconfigurationFilter.revise(packet) {
            pass(NativeSocket.withChecksum(revised).span, reconfigures: reconfigures)
        } else {
            pass(packet, reconfigures: reconfigures)
        }
        if reconfigures, readInterval != nil { read(isForced: true) }
        observeReceived(packet, at: clock.nanoseconds())
        vouchForClosedWindow(packet)
        if readInterval != nil { noteControl(packet) }
        if isWindowSmall { fitWindow() }
        releaseReset()
    }

    /// Gives usrsctp the reset that has waited for its data, once that has come.
    func releaseReset() {
        guard resetGate.isDue, state != .closed, makesRoomForNotification(), state != .closed,
            let request = resetGate.release()
        else { return }
        native.receive(NativeSocket.withChecksum(request).span, sink: self)
        arrivals.passed(request.span)
        if readInterval != nil { read(isForced: true) }
        // What it tells of that is to be read.
        hasDeferred = true
    }

    /// Gives usrsctp a packet, but for a reset that is not due.
    private func pass(_ packet: Span<UInt8>, reconfigures: Bool) {
        // The gate reads resets, and what the association begins with.
        guard reconfigures || state == .connecting else { return native.receive(packet, sink: self) }
        switch resetGate.admit(packet, isConnecting: state == .connecting) {
        case .whole:
            native.receive(packet, sink: self)
            if reconfigures { arrivals.passed(packet) }
        case .rest(let rest):
            if !rest.isEmpty {
                native.receive(NativeSocket.withChecksum(rest).span, sink: self)
            }
        }
    }

    /// Keeps an association whose peer has closed its window.
    ///
    /// Each probe of a closed window counts as a failure in usrsctp, although the peer answers it:
    /// RFC 9260 §6.1 A says that it must not, but a SACK that acknowledges nothing new leaves the
    /// counter alone. An answered HEARTBEAT resets it.
    private func vouchForClosedWindow(_ packet: Span<UInt8>) {
        guard state == .connected, packet[12] == 3 else { return }
        let now = NativeStack.shared.elapsed
        guard peerWindow < UInt32(clamping: pathMTU.size), now - lastHeartbeat >= Self.heartbeatInterval
        else {
            return
        }
        lastHeartbeat = now
        native.sendHeartbeat(sink: self)
    }

    /// Looks for chunks that change more than what is acknowledged: resets, and the end, which may
    /// have come.
    private func noteControl(_ packet: Span<UInt8>) {
        var found = false
        SCTPPacket.forEachChunk(in: packet) { type, _ in
            // ABORT, the three of a shutdown, and RE-CONFIG.
            found = found || [6, 7, 8, 14, 130].contains(type)
            return !found
        }
        guard found else { return }
        hasControl = true
        if ending == nil, !native.hasAssociation { ending = .byPeer }
    }

    /// usrsctp tells of a change of streams only if there is room for that behind the messages to
    /// be read, and otherwise never: so these are read first. False if they must not be at the
    /// moment: what would change streams has to wait, or to be sent again.
    private func makesRoomForNotification() -> Bool {
        guard state == .connected, native.readiness.readable else { return true }
        if let readInterval, !beginSparingRead(after: Self.controlInterval(of: readInterval)) { return false }
        read(isForced: true)
        return true
    }

    /// Whether anything is to be read at the moment.
    private func mayRead() -> Bool {
        if ending != nil { return true }
        guard let readInterval, hasReadEnough else { return true }
        guard beginSparingRead(after: hasControl ? Self.controlInterval(of: readInterval) : readInterval) else {
            return false
        }
        hasControl = false
        return true
    }

    /// How often there may be a read for what changes more than what is acknowledged; once a second
    /// at the longest, for a peer sends that only so many times.
    private static func controlInterval(of interval: Duration) -> Duration { min(interval / 32, .seconds(1)) }

    /// Begins one of the reads that ``readInterval`` allows, unless the last was less than that
    /// long ago.
    private func beginSparingRead(after interval: Duration) -> Bool {
        let now = NativeStack.shared.elapsed
        guard now - lastSparingRead >= interval else { return false }
        lastSparingRead = now
        sparinglyRead = 0
        return true
    }

    /// Gives usrsctp what had to wait.
    func replayInbox() {
        guard state != .new, !inbox.isEmpty else { return }
        let packets = inbox
        inbox = []
        for packet in packets where state != .closed {
            take(packet.span)
        }
    }

    /// Reads until there is nothing, or the owner pauses or closes.
    func drain() {
        guard state == .connecting || state == .connected, native.readiness.readable, mayRead() else { return }
        read(isForced: false)
    }

    /// Reads all there is, or, unless `isForced`, as much of it as ``readInterval`` allows at a
    /// time.
    private func read(isForced: Bool) {
        guard !isReading else { return }
        isReading = true
        defer { isReading = false }
        let isLast = ending != nil
        defer { if isWindowSmall { fitWindow() } }
        NativeSocket.withScratch { scratch in
            while state != .closed, isLast || isForced || !hasReadEnough {
                switch native.read(into: scratch, sink: self) {
                case .part(let part, let count):
                    deliver(part, count: count, from: scratch)
                case .notification(let count):
                    var notification = SCTPNotification.other
                    scratch.withSpan(count) { notification = SCTPNotification($0) }
                    handle(notification)
                case .empty:
                    return
                case .failed(let code):
                    finish(error: NativeSocket.readError(code), isReported: true)
                }
            }
        }
    }

    /// Whether the rest has to wait for the next of the times that ``readInterval`` allows. A
    /// message that has begun has to come to its end, for others are behind it; no further, for one
    /// that its sender gives up has none.
    private var hasReadEnough: Bool {
        guard readInterval != nil else { return false }
        return sparinglyRead >= Self.sparingAmount + (partial.isEmpty ? 0 : configuration.longestMessage)
    }

    /// In bytes, with so many for each message.
    private static let sparingAmount = 16 << 10
    private static let messageCost = 64

    private func deliver(_ part: SCTPMessagePart, count: Int, from scratch: ScratchBuffer) {
        var part = part
        let key = SCTPMessageKey(stream: part.stream, isUnordered: part.isUnordered)
        let before = partial[key]
        part.isFirst = before == nil
        let total = (before ?? 0) + count
        let limit = configuration.maxMessageSize(ofProtocol: part.ppid)
        guard total <= limit else {
            let text =
                limit == configuration.maxMessageSize
                ? "the peer sent \(total) bytes or more in a message; we announced maxMessageSize \(limit)"
                : "the peer sent \(total) bytes or more to open a channel; the longest label and protocol make \(limit)"
            finish(error: SCTPError(.messageTooLarge, text), isReported: true)
            return
        }
        if part.isLast {
            if before != nil {
                partial[key] = nil
            }
            counters.messagesReceived &+= 1
        } else {
            partial[key] = total
        }
        counters.bytesReceived &+= UInt64(count)
        sparinglyRead &+= count + Self.messageCost
        scratch.withSpan(count) { delegate?.sctpAssociation(self, didReceive: $0, part: part) }
    }

    private func handle(_ notification: SCTPNotification) {
        switch notification {
        case .connected(let outbound, let inbound):
            guard case .connecting(let peerInboundStreams) = phase else { return }
            native.allowBursts()
            let streams = agreedStreams(outbound: outbound, inbound: inbound, peerInboundStreams: peerInboundStreams)
            change(to: .connected(streams, hasPeerShutDown: false))
        case .lost(let fromPeer, let cause):
            finish(error: SCTPError.lost(fromPeer: fromPeer, cause: cause, own: ending), isReported: true)
        case .cannotStart(let fromPeer, let cause):
            let code: SCTPError.Code = fromPeer ? .abortedByPeer : .connectTimedOut
            let text = fromPeer ? "the peer refused the association" : "the peer did not answer INIT"
            finish(error: SCTPError(code, text, cause: Int(cause)), isReported: true)
        case .restarted:
            let text = "the peer began a new association on the same path; make a new connection"
            finish(error: SCTPError(.restarted, text), isReported: true)
        case .shutdownReceived:
            notePeerShutdown()
        case .shutdownComplete:
            finish(error: nil, isReported: true)
        case .incomingReset(let streams):
            // An empty list means all streams (RFC 6525 §4.1).
            delegate?.sctpAssociation(
                self, didResetIncoming: streams.isEmpty ? Array(0..<negotiatedStreams) : streams)
        case .outgoingReset(let streams):
            finishReset(streams)
        case .outgoingResetRefused(let streams):
            retryReset(streams)
        case .streamsAdded(let outbound): didAddStreams(outbound: outbound)
        case .streamsRefused: didRefuseStreams()
        case .deliveryAborted(let stream):
            partial[SCTPMessageKey(stream: stream, isUnordered: false)] = nil
            partial[SCTPMessageKey(stream: stream, isUnordered: true)] = nil
            delegate?.sctpAssociation(self, didAbandonMessageOf: stream)
        case .other:
            break
        }
    }
}
