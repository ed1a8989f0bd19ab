internal import CNice
internal import Glibc
internal import NetworkLoop

/// A TCP socket on loopback that takes connections of this process only. On the loop only.
@safe final class StreamListener {
    /// Where it can be reached.
    let address: TransportAddress
    private let descriptor: Int32
    private var watch: DescriptorWatch?

    /// - Parameters:
    ///   - isIPv6: whether on ::1 instead of 127.0.0.1.
    ///   - onConnection: takes the descriptor of a connection over.
    /// - Returns: nil where the system has no such socket.
    init?(loop: NetworkLoop, isIPv6: Bool, onConnection: @escaping (Int32) -> Void) {
        let descriptor = StreamSocket.open(isIPv6: isIPv6)
        guard descriptor >= 0 else { return nil }
        let loopback = TransportAddress(isIPv6 ? "::1" : "127.0.0.1", port: 0)
        // SAFETY: the address is our own copy, of the size that its family has.
        guard unsafe loopback?.withSocketAddress({ unsafe bind(descriptor, $0, $1) }) == 0, listen(descriptor, 16) == 0,
            let address = TransportAddress(of: descriptor, isPeer: false)
        else {
            Glibc.close(descriptor)
            return nil
        }
        self.descriptor = descriptor
        self.address = address
        watch = DescriptorWatch(loop: loop, descriptor: descriptor) { [weak self] _ in self?.accept(onConnection) }
        watch?.interest = .input
    }

    deinit { close() }

    func close() {
        guard let watch else { return }
        watch.close()
        self.watch = nil
        Glibc.close(descriptor)
    }

    private func accept(_ onConnection: (Int32) -> Void) {
        while watch != nil {
            let connection = rtc_accept(descriptor)
            if connection >= 0 {
                if isOwn(connection) { onConnection(connection) } else { Glibc.close(connection) }
                continue
            }
            if connection == -ECONNABORTED || connection == -EINTR { continue }
            // Without a descriptor to spare it would stay readable, and the loop would never sleep.
            if connection != -EAGAIN { close() }
            return
        }
    }

    /// Whether the other end of a connection is a socket of this process: another one on this host
    /// has no business here.
    private func isOwn(_ connection: Int32) -> Bool {
        guard let peer = TransportAddress(of: connection, isPeer: true), let folder = unsafe opendir("/proc/self/fd")
        else { return false }
        // SAFETY: the folder is open until this returns, and an entry is valid until the next is
        // read.
        defer { unsafe closedir(folder) }
        while let entry = unsafe readdir(folder) {
            let name = unsafe withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard let other = Int32(name), other != connection else { continue }
            if TransportAddress(of: other, isPeer: false) == peer, TransportAddress(of: other, isPeer: true) == address
            {
                return true
            }
        }
        return false
    }
}
