internal import CUSRSCTP
internal import Glibc

/// What one read gave.
enum NativeRead {
    case part(SCTPMessagePart, count: Int)
    case notification(count: Int)
    case empty
    case failed(errno: Int32)
}

/// What one write did.
enum NativeWrite: Equatable {
    case accepted(Int)
    case full
    case failed(errno: Int32)
}

/// One usrsctp socket with one association, bound to a number of the registry. Not Sendable: one
/// owner thread.
@safe final class NativeSocket {
    let id: UInt
    let configuration: SCTPConfiguration
    private(set) var socket: OpaquePointer?
    /// What usrsctp takes for the longest packet: at first the largest that may turn out to get
    /// through.
    var packetSize: Int
    private var isExplicitEnd = true

    /// Whether a call into usrsctp is under way, so that none may be made (it holds its locks).
    private(set) var isInside = false

    /// Opens, configures and binds.
    init(id: UInt, configuration: SCTPConfiguration) throws(SCTPError) {
        self.id = id
        self.configuration = configuration
        packetSize = max(configuration.maxPacketSize, configuration.probedPacketSizes.max() ?? 0)
        // SAFETY: numbers stand where usrsctp expects addresses; it compares them and gives them
        // back, nothing more.
        let address = unsafe UnsafeMutableRawPointer(bitPattern: id)
        unsafe usrsctp_register_address(address)
        unsafe socket = unsafe usrsctp_socket(
            AF_CONN, Int32(SOCK_STREAM.rawValue), Int32(IPPROTO_SCTP), nil, nil, 0, nil)
        guard let opened = unsafe socket else {
            let code = errno
            unsafe usrsctp_deregister_address(address)
            throw SCTPError(.setupFailed, "usrsctp made no socket; too many associations?", cause: Int(code))
        }
        do throws(SCTPError) {
            unsafe usrsctp_set_upcall(opened, NativeCallbacks.upcall, address)
            try configure()
            var name = unsafe self.address(port: configuration.localPort)
            let bound = unsafe withUnsafeMutableBytes(of: &name) { name in
                unsafe usrsctp_bind(
                    opened, name.baseAddress?.assumingMemoryBound(to: sockaddr.self), socklen_t(name.count))
            }
            guard bound == 0 else {
                throw SCTPError(
                    .setupFailed, "usrsctp cannot bind port \(configuration.localPort)", cause: Int(errno))
            }
        } catch {
            close()
            throw error
        }
    }

    deinit {
        close()
    }

    /// Whether the socket is still there.
    // SAFETY: looks only whether there is one.
    var isOpen: Bool { unsafe socket != nil }

    /// Sends INIT.
    func connect(sink: any PacketSink) -> Int32 {
        guard let socket = unsafe socket else { return EBADF }
        var name = unsafe address(port: configuration.remotePort)
        return enter(sink) {
            // SAFETY: usrsctp copies the name.
            let result = unsafe withUnsafeMutableBytes(of: &name) { name in
                unsafe usrsctp_connect(
                    socket, name.baseAddress?.assumingMemoryBound(to: sockaddr.self), socklen_t(name.count))
            }
            return result == 0 ? 0 : errno
        }
    }

    /// Gives usrsctp a packet.
    func receive(_ packet: Span<UInt8>, sink: any PacketSink) {
        guard unsafe socket != nil else { return }
        enter(sink) {
            // SAFETY: usrsctp copies the packet into its own buffers before it returns.
            unsafe packet.withUnsafeBufferPointer { bytes in
                unsafe usrsctp_conninput(UnsafeMutableRawPointer(bitPattern: id), bytes.baseAddress, bytes.count, 0)
            }
        }
    }

    /// Whether a read would give something, and a write would take something.
    // SAFETY: the socket is there until `close`, and only the owner's thread comes here.
    var readiness: (readable: Bool, writable: Bool, failed: Bool) {
        guard let socket = unsafe socket else { return (false, false, false) }
        let events = unsafe usrsctp_get_events(socket)
        return (events & SCTP_EVENT_READ != 0, events & SCTP_EVENT_WRITE != 0, events & SCTP_EVENT_ERROR != 0)
    }

    /// Takes the next message, part of a message, or notification. Freed window may produce a SACK.
    func read(into scratch: ScratchBuffer, sink: any PacketSink) -> NativeRead {
        guard let socket = unsafe socket else { return .empty }
        var info = sctp_rcvinfo()
        var infoLength = socklen_t(MemoryLayout<sctp_rcvinfo>.size)
        var infoType: UInt32 = 0
        var flags: Int32 = 0
        let count = enter(sink) {
            // SAFETY: usrsctp writes at most the given lengths, and keeps none of the pointers.
            unsafe scratch.fill { buffer in
                unsafe usrsctp_recvv(
                    socket, buffer.baseAddress, buffer.count, nil, nil, &info, &infoLength, &infoType, &flags)
            }
        }
        guard count >= 0 else {
            let code = errno
            return code == EWOULDBLOCK || code == EINTR ? .empty : .failed(errno: code)
        }
        if flags & MSG_NOTIFICATION != 0 {
            return .notification(count: count)
        }
        guard count > 0, infoType == UInt32(SCTP_RECVV_RCVINFO) else { return count == 0 ? .failed(errno: 0) : .empty }
        let isLast = flags & Int32(MSG_EOR) != 0
        let part = SCTPMessagePart(
            stream: info.rcv_sid, ppid: UInt32(bigEndian: info.rcv_ppid),
            isUnordered: Int32(info.rcv_flags) & SCTP_UNORDERED != 0, isFirst: true, isLast: isLast)
        return .part(part, count: count)
    }

    /// Queues bytes of a message. `isWhole` takes all or nothing; otherwise as much as there is
    /// room for.
    func write(
        _ bytes: Span<UInt8>, stream: UInt16, ppid: UInt32, reliability: SCTPReliability, isLast: Bool, isWhole: Bool,
        sink: any PacketSink
    ) -> NativeWrite {
        guard let socket = unsafe socket else { return .failed(errno: EBADF) }
        if isExplicitEnd == isWhole {
            guard set(SCTP_EXPLICIT_EOR, Int32(isWhole ? 0 : 1)) else { return .failed(errno: errno) }
            isExplicitEnd = !isWhole
        }
        var info = sctp_sendv_spa()
        info.sendv_flags = UInt32(SCTP_SEND_SNDINFO_VALID)
        info.sendv_sndinfo.snd_sid = stream
        info.sendv_sndinfo.snd_ppid = ppid.bigEndian
        if !reliability.ordered {
            info.sendv_sndinfo.snd_flags |= UInt16(SCTP_UNORDERED)
        }
        if isLast, !isWhole {
            info.sendv_sndinfo.snd_flags |= UInt16(SCTP_EOR)
        }
        switch reliability.limit {
        case .none:
            break
        case .maxRetransmits(let count):
            info.sendv_flags |= UInt32(SCTP_SEND_PRINFO_VALID)
            info.sendv_prinfo.pr_policy = UInt16(SCTP_PR_SCTP_RTX)
            info.sendv_prinfo.pr_value = UInt32(count)
        case .maxPacketLifeTime(let milliseconds):
            info.sendv_flags |= UInt32(SCTP_SEND_PRINFO_VALID)
            info.sendv_prinfo.pr_policy = UInt16(SCTP_PR_SCTP_TTL)
            info.sendv_prinfo.pr_value = UInt32(milliseconds)
        }
        let count = enter(sink) {
            // SAFETY: usrsctp copies the bytes and the structure.
            unsafe bytes.withUnsafeBufferPointer { bytes in
                unsafe usrsctp_sendv(
                    socket, bytes.baseAddress, bytes.count, nil, 0, &info,
                    socklen_t(MemoryLayout<sctp_sendv_spa>.size), UInt32(SCTP_SENDV_SPA), 0)
            }
        }
        if count >= 0 {
            return .accepted(count)
        }
        let code = errno
        // A full buffer is EMSGSIZE to usrsctp if the rest of the message is longer than the whole
        // buffer.
        let isFull = code == EWOULDBLOCK || code == ENOBUFS || code == ENOMEM || (code == EMSGSIZE && !isWhole)
        return isFull ? .full : .failed(errno: code)
    }

    /// Asks for outgoing streams to be reset once what is queued on them was sent (RFC 6525
    /// §5.1.2).
    func resetOutgoing(_ streams: [UInt16], sink: any PacketSink) -> Int32 {
        guard let socket = unsafe socket else { return EBADF }
        let header = MemoryLayout<sctp_reset_streams>.size
        var request = [UInt8](repeating: 0, count: header + 2 * streams.count)
        var head = sctp_reset_streams()
        head.srs_flags = UInt16(SCTP_STREAM_RESET_OUTGOING)
        head.srs_number_streams = UInt16(clamping: streams.count)
        return enter(sink) {
            // SAFETY: the array holds the structure and the list behind it; usrsctp reads them and
            // keeps nothing.
            unsafe request.withUnsafeMutableBytes { request in
                unsafe request.storeBytes(of: head, as: sctp_reset_streams.self)
                for (index, stream) in streams.enumerated() {
                    unsafe request.storeBytes(of: stream, toByteOffset: header + 2 * index, as: UInt16.self)
                }
                let result = unsafe usrsctp_setsockopt(
                    socket, Int32(IPPROTO_SCTP), SCTP_RESET_STREAMS, request.baseAddress, socklen_t(request.count))
                return result == 0 ? 0 : errno
            }
        }
    }

    /// Asks for more outgoing streams (RFC 6525 §5.1.5).
    func addStreams(_ count: UInt16, sink: any PacketSink) -> Int32 {
        var request = sctp_add_streams()
        request.sas_outstrms = count
        return enter(sink) { set(SCTP_ADD_STREAMS, request) ? 0 : errno }
    }

    /// Frees the socket. With a linger time of 0 an association that is still up is aborted, with
    /// "User-Initiated Abort" (RFC 9260 §3.3.10.12), by which the peer can tell a close from a
    /// failure. `sink` takes the ABORT.
    func close(sink: (any PacketSink)? = nil) {
        guard let socket = unsafe socket else { return }
        unsafe self.socket = nil
        // SAFETY: the socket is used by nobody after this; usrsctp frees it when its timers have
        // let go of it.
        unsafe usrsctp_set_upcall(socket, nil, nil)
        if let sink {
            enter(sink) { unsafe usrsctp_close(socket) }
        } else {
            ThreadContext.current.enter { unsafe usrsctp_close(socket) }
        }
        unsafe usrsctp_deregister_address(UnsafeMutableRawPointer(bitPattern: id))
    }

    /// Sets an SCTP option.
    func set<Value: BitwiseCopyable>(_ option: Int32, _ value: Value) -> Bool {
        setOption(Int32(IPPROTO_SCTP), option, value)
    }

    /// Sets a socket option.
    func setSocketLevel<Value: BitwiseCopyable>(_ option: Int32, _ value: Value) -> Bool {
        setOption(SOL_SOCKET, option, value)
    }

    /// Makes every call return at once.
    // SAFETY: the socket is there until `close`; usrsctp sets a flag of it.
    func setNonBlocking() -> Bool {
        guard let socket = unsafe socket else { return false }
        return unsafe usrsctp_set_non_blocking(socket, 1) == 0
    }

    private func setOption<Value: BitwiseCopyable>(_ level: Int32, _ option: Int32, _ value: Value) -> Bool {
        guard let socket = unsafe socket else { return false }
        // SAFETY: usrsctp copies the value.
        return unsafe withUnsafeBytes(of: value) { bytes in
            unsafe usrsctp_setsockopt(socket, level, option, bytes.baseAddress, socklen_t(bytes.count)) == 0
        }
    }

    /// Runs a call into usrsctp; what it produces goes to `sink`.
    func enter<Result>(_ sink: any PacketSink, _ body: () -> Result) -> Result {
        isInside = true
        defer { isInside = false }
        return ThreadContext.current.enter(id, sink: sink, body)
    }
}
