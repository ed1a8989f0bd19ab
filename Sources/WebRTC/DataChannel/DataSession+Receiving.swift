internal import JSEP
internal import Logging
internal import NIOCore
internal import SCTP

// In: what SCTP tells, turned into messages and events of channels.
extension DataSession: SCTPAssociationDelegate {
    func sctpAssociation(_ association: SCTPAssociation, didProduce packet: Span<UInt8>) {
        transport?.send(packet)
    }

    func sctpAssociation(_ association: SCTPAssociation, didProduceProbe packet: Span<UInt8>) {
        transport?.send(probe: packet)
    }

    func sctpAssociation(_ association: SCTPAssociation, didReceive bytes: Span<UInt8>, part: SCTPMessagePart) {
        if part.isFirst && part.isLast {
            deliver(bytes, part: part)
            return
        }
        // A message larger than SCTP hands over at once is put together here; SCTP enforces the
        // limit.
        let key = Assembly(stream: part.stream, isUnordered: part.isUnordered)
        if part.isFirst { drop(key) }
        assemblies.append(bytes, to: key)
        if !part.isLast { assembling = key }
        if part.isLast, let whole = drop(key) {
            deliver(whole.readableBytesUInt8Span, part: part)
        } else if port.unread.isFull {
            updateWindow()
        }
    }

    func sctpAssociation(_ association: SCTPAssociation, didAbandonMessageOf stream: UInt16) {
        for isUnordered in [false, true] { drop(Assembly(stream: stream, isUnordered: isUnordered)) }
    }

    /// Takes out what there is of a message, which is complete, or will not be.
    @discardableResult
    func drop(_ key: Assembly) -> ByteBuffer? {
        if assembling == key { assembling = nil }
        return assemblies.take(key)
    }

    func sctpAssociation(_ association: SCTPAssociation, didChange state: SCTPState, error: SCTPError?) {
        switch state {
        case .new: break
        case .connecting: show(.connecting)
        case .connected: didConnect(streams: association.negotiatedStreams)
        case .closed:
            guard let error else {
                peerDidLeave()
                return onEvent(.peerLeft)
            }
            sctpError = error
            fail(WebRTCError(.sctpFailure, "the SCTP association ended: \(error)"))
        }
    }

    func sctpAssociation(_ association: SCTPAssociation, didResetIncoming streams: [UInt16]) {
        for stream in streams {
            guard let channel = channels[stream] else { continue }
            incomingReset.insert(stream)
            channel.peerDidClose()
            finishIfReset(stream)
        }
    }

    func sctpAssociation(_ association: SCTPAssociation, didResetOutgoing streams: [UInt16]) {
        for stream in streams where outgoingReset.contains(stream) {
            outgoingConfirmed.insert(stream)
            finishIfReset(stream)
        }
    }

    func sctpAssociationIsWritable(_ association: SCTPAssociation) {
        port.wake()
    }

    /// A stream that is reset in both directions is free for another channel.
    private func finishIfReset(_ stream: UInt16) {
        guard incomingReset.contains(stream), outgoingConfirmed.remove(stream) != nil, let channel = channels[stream]
        else { return }
        finish(channel)
    }

    private func deliver(_ bytes: Span<UInt8>, part: SCTPMessagePart) {
        guard let ppid = DataChannelPPID(rawValue: part.ppid) else {
            logger?.debug("message with an unknown payload protocol dropped", metadata: ["ppid": "\(part.ppid)"])
            return
        }
        guard let isText = ppid.isText else { return receiveControl(bytes, stream: part.stream) }
        if ppid.isEmpty {
            deliver(isText ? .text("") : .binary(ByteBuffer()), stream: part.stream)
        } else if ppid.isPartial || fragments.count(of: part.stream) != nil {
            deliver(fragment: bytes, isText: isText, isLast: !ppid.isPartial, stream: part.stream)
        } else {
            deliver(isText ? .text(String(copying: bytes)) : .binary(ByteBuffer(copying: bytes)), stream: part.stream)
        }
    }

    /// Old peers cut long messages by payload protocol (RFC 8831 §6.6, deprecated): put them
    /// together, within the limit.
    private func deliver(fragment bytes: Span<UInt8>, isText: Bool, isLast: Bool, stream: UInt16) {
        guard let channel = channels[stream] else { return }
        guard (fragments.count(of: stream) ?? 0) + bytes.count <= limits.sctp.maxMessageSize else {
            _ = fragments.take(stream)
            channel.close()
            return
        }
        fragments.append(bytes, to: stream)
        guard isLast, let buffer = fragments.take(stream) else { return }
        deliver(isText ? .text(String(copying: buffer.readableBytesUInt8Span)) : .binary(buffer), stream: stream)
    }

    private func deliver(_ message: DataChannelMessage, stream: UInt16) {
        guard let channel = channels[stream] else {
            logger?.debug("message for a stream without a channel dropped", metadata: ["stream": "\(stream)"])
            return
        }
        let (isUnread, hasReader) = channel.didReceive(message)
        if isUnread { onEvent(.unread(channel)) }
        if port.unread.isFull { updateWindow() }
        if hasReader, readable.last !== channel { readable.append(channel) }
    }

    /// Hands what has come to those who wait for it: once for all that has come together, for
    /// waking a task costs as much as several messages.
    func resumeReaders() {
        while let channel = readable.popLast() { channel.resumeReaders() }
    }

    private func receiveControl(_ bytes: Span<UInt8>, stream: UInt16) {
        let message: DCEPMessage
        do throws(DCEPError) {
            message = try DCEPMessage(parsing: bytes)
        } catch {
            logger?.debug("DCEP message dropped", metadata: ["stream": "\(stream)", "error": "\(error)"])
            // The peer waits for an answer: closing the stream is the one that says no (RFC 8832
            // §6).
            if channels[stream] == nil { association?.resetOutgoing(streams: [stream]) }
            return
        }
        switch message {
        case .ack: channels[stream]?.didAcknowledge()
        case .open(let open): accept(open, stream: stream)
        }
    }

    /// The peer opens a channel: take its stream and confirm (RFC 8832 §6).
    private func accept(_ open: DCEPMessage.Open, stream: UInt16) {
        guard stream < 65535, ids.claim(stream) else {
            // The stream has a channel already; a second OPEN on it is the peer's mistake.
            logger?.debug("DCEP OPEN for a stream in use ignored", metadata: ["stream": "\(stream)"])
            return
        }
        let channel = DataChannel(
            label: open.label, options: DataChannelOptions(open), port: port,
            sendLimit: limits.sendBufferLimit, receiveLimit: limits.receiveBufferLimit)
        guard mayAccept(channel) else {
            // Closing the stream is the answer that says no (RFC 8832 §6).
            ids.release(stream)
            association?.resetOutgoing(streams: [stream])
            return
        }
        channel.assign(id: stream)
        channels[stream] = channel
        countOpened()
        channel.didOpen(opening: DCEPMessage.ack.serialized(), maxMessageSize: sendLimit, isAcknowledged: true)
        onEvent(.channel(channel))
    }
}
