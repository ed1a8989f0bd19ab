internal import CNice
internal import Glibc
internal import NetworkLoop
internal import TransportTypes

/// A TCP socket that never blocks, and tells when it is ready. On the loop only.
@safe final class StreamSocket {
    enum Input {
        case bytes(Int)
        /// Nothing yet.
        case nothing
        /// The peer sends no more.
        case end
        /// `errno`.
        case failed(Int32)
    }

    private let descriptor: Int32
    private let watch: DescriptorWatch
    private var isClosed = false

    /// Takes a connected socket over.
    // SAFETY: the system reads a local variable, whose size is given.
    init(adopting descriptor: Int32, loop: NetworkLoop, onReady: @escaping (DescriptorWatch.Interest) -> Void) {
        self.descriptor = descriptor
        watch = DescriptorWatch(loop: loop, descriptor: descriptor, onReady: onReady)
        // What is carried are datagrams; none is to wait for the next.
        var on: Int32 = 1
        unsafe setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
    }

    deinit { close() }

    /// Begins to connect; ``connectError`` tells how that went once it can be written.
    ///
    /// - Returns: nil and `errno` where the system refuses at once.
    static func connect(
        to server: TransportAddress, loop: NetworkLoop, onReady: @escaping (DescriptorWatch.Interest) -> Void
    ) -> (socket: StreamSocket?, error: Int32) {
        let descriptor = open(isIPv6: server.address.isIPv6)
        guard descriptor >= 0 else { return (nil, errno) }
        // SAFETY: the address is our own copy, of the size that its family has.
        let status = unsafe server.withSocketAddress { unsafe Glibc.connect(descriptor, $0, $1) }
        guard status == 0 || errno == EINPROGRESS else {
            let error = errno
            Glibc.close(descriptor)
            return (nil, error)
        }
        return (StreamSocket(adopting: descriptor, loop: loop, onReady: onReady), 0)
    }

    static func open(isIPv6: Bool) -> Int32 {
        let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        return socket(isIPv6 ? AF_INET6 : AF_INET, type, 0)
    }

    /// The system's words for an error.
    static func text(_ error: Int32) -> String {
        var buffer = [CChar](repeating: 0, count: 128)
        // SAFETY: the buffer's size is told, and the text ends within it.
        guard unsafe strerror_r(error, &buffer, buffer.count) == 0 else { return "error \(error)" }
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self).lowercased()
    }

    /// `errno` of a connection that did not come about; 0 for one that did.
    // SAFETY: the system writes into local variables, whose size is given.
    var connectError: Int32 {
        var error: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        unsafe getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &size)
        return error
    }

    /// What is waited for.
    var interest: DescriptorWatch.Interest {
        get { watch.interest }
        set { watch.interest = newValue }
    }

    func read(into buffer: inout [UInt8]) -> Input {
        guard !isClosed else { return .end }
        // SAFETY: recv writes at most the buffer's size.
        let count = unsafe buffer.withUnsafeMutableBytes { buffer in
            unsafe recv(descriptor, buffer.baseAddress, buffer.count, 0)
        }
        if count > 0 { return .bytes(count) }
        if count == 0 { return .end }
        return [EAGAIN, EWOULDBLOCK, EINTR].contains(errno) ? .nothing : .failed(errno)
    }

    /// How many bytes the system took, or minus `errno`.
    func write(_ bytes: Span<UInt8>) -> Int {
        guard !isClosed else { return -Int(EPIPE) }
        // SAFETY: the span outlives the call.
        let count = unsafe bytes.withUnsafeBytes { bytes in
            unsafe send(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
        }
        if count >= 0 { return count }
        return [EAGAIN, EWOULDBLOCK, EINTR].contains(errno) ? 0 : -Int(errno)
    }

    /// Tells the peer that nothing more comes.
    func endOutput() {
        if !isClosed { shutdown(descriptor, Int32(SHUT_WR)) }
    }

    func close() {
        guard !isClosed else { return }
        isClosed = true
        watch.close()
        Glibc.close(descriptor)
    }
}
