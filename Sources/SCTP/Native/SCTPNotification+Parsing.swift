internal import CUSRSCTP

extension SCTPNotification {
    /// Reads one of usrsctp's notification structures (RFC 6458 §6.1), which end in arrays that
    /// Swift does not import; each starts with type, flags (16 bits each) and length (32), in host
    /// order.
    init(_ bytes: Span<UInt8>) {
        guard let type = bytes.uint16(at: 0), let flags = bytes.uint16(at: 2), let low = bytes.uint16(at: 4) else {
            self = .other
            return
        }
        switch Int32(type) {
        case SCTP_ASSOC_CHANGE:
            self = Self.associationChange(bytes)
        case SCTP_SHUTDOWN_EVENT:
            self = .shutdownReceived
        case SCTP_STREAM_RESET_EVENT:
            self = Self.streamReset(bytes, flags: Int32(flags), end: min(Int(low), bytes.count))
        case SCTP_STREAM_CHANGE_EVENT:
            // type, flags, length, association, inbound and outbound streams.
            let isRefused = Int32(flags) & (SCTP_STREAM_CHANGE_DENIED | SCTP_STREAM_CHANGE_FAILED) != 0
            self = isRefused ? .streamsRefused : bytes.uint16(at: 14).map { .streamsAdded(outbound: $0) } ?? .other
        case SCTP_PARTIAL_DELIVERY_EVENT:
            // type, flags, length, indication, stream: the stream is a 32-bit number.
            self = bytes.uint16(at: 12).map { .deliveryAborted(stream: $0) } ?? .other
        default:
            self = .other
        }
    }

    /// State, error, outbound and inbound streams (16 bits each), association; then the peer's
    /// ABORT, if there was one.
    private static func associationChange(_ bytes: Span<UInt8>) -> SCTPNotification {
        guard let state = bytes.uint16(at: 8), let error = bytes.uint16(at: 10), let outbound = bytes.uint16(at: 12),
            let inbound = bytes.uint16(at: 14)
        else { return .other }
        let fromPeer = bytes.count > 20
        switch Int32(state) {
        case SCTP_COMM_UP: return .connected(outboundStreams: outbound, inboundStreams: inbound)
        case SCTP_COMM_LOST: return .lost(fromPeer: fromPeer, cause: error)
        case SCTP_CANT_STR_ASSOC: return .cannotStart(fromPeer: fromPeer, cause: error)
        case SCTP_RESTART: return .restarted
        case SCTP_SHUTDOWN_COMP: return .shutdownComplete
        default: return .other
        }
    }

    /// The association, then the streams; none means all.
    private static func streamReset(_ bytes: Span<UInt8>, flags: Int32, end: Int) -> SCTPNotification {
        var streams: [UInt16] = []
        for offset in stride(from: 12, to: end, by: 2) {
            guard let stream = bytes.uint16(at: offset) else { break }
            streams.append(stream)
        }
        let isRefused = flags & (SCTP_STREAM_RESET_DENIED | SCTP_STREAM_RESET_FAILED) != 0
        if flags & SCTP_STREAM_RESET_INCOMING_SSN != 0 {
            return isRefused ? .other : .incomingReset(streams)
        }
        guard flags & SCTP_STREAM_RESET_OUTGOING_SSN != 0 else { return .other }
        return isRefused ? .outgoingResetRefused(streams) : .outgoingReset(streams)
    }
}

extension Span<UInt8> {
    /// A 16-bit number in host order, if it is there. On a big-endian host the low half of a 32-bit
    /// length is elsewhere; this package runs on little-endian ones.
    fileprivate func uint16(at offset: Int) -> UInt16? {
        guard offset >= 0, offset + 2 <= count else { return nil }
        return UInt16(littleEndian: UInt16(self[offset]) | UInt16(self[offset + 1]) << 8)
    }
}
