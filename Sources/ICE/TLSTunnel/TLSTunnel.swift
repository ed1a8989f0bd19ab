internal import NetworkLoop
internal import TransportTypes

/// A way to a TURN server over TLS (RFC 8656 §2.1) for libnice, which has none: it connects to a
/// port of ours on loopback with TURN over TCP, and each of its connections is carried to the
/// server inside of TLS.
///
/// Connections of other processes are refused; they would gain no more than they can have from the
/// server itself. On the loop only.
final class TLSTunnel {
    /// Host addresses that may have an allocation each.
    static let maximumConnections = 128
    /// The time for connecting and shaking hands.
    static let timeout = Duration.seconds(10)

    private let loop: NetworkLoop
    private let server: TransportAddress
    private let host: String
    private let context: TLSClientContext
    private let onFailure: (String) -> Void
    private var listener: StreamListener?
    /// What the server has allocated: the addresses of candidates.
    private(set) var allocations: Set<TransportAddress> = []
    private var connections: [ObjectIdentifier: TLSTunnelConnection] = [:]

    /// - Parameters:
    ///   - host: the name or IP address in the URL, which the server's certificate has to be for.
    ///   - onFailure: told for people why a connection did not come about, or ended.
    /// - Returns: nil when loopback has no port for it.
    init?(
        loop: NetworkLoop, server: TransportAddress, host: String, context: TLSClientContext,
        onFailure: @escaping (String) -> Void
    ) {
        self.loop = loop
        self.server = server
        self.host = host
        self.context = context
        self.onFailure = onFailure
        listener = StreamListener(loop: loop, isIPv6: server.address.isIPv6) { [weak self] in self?.carry($0) }
        if listener == nil { return nil }
    }

    deinit { close() }

    /// Where libnice finds it; nil once closed.
    var address: TransportAddress? { listener?.address }

    var connectionCount: Int { connections.count }

    /// Bytes that wait for a reader, on all connections, in both directions.
    var waitingBytes: Int { connections.values.reduce(0) { $0 + $1.waitingBytes } }

    /// Ends it and all of its connections. What libnice had to say has been said by then.
    func close() {
        listener?.close()
        listener = nil
        for connection in connections.values { connection.close() }
        connections = [:]
    }

    private func carry(_ descriptor: Int32) {
        let connection = TLSTunnelConnection(
            adopting: descriptor, loop: loop, session: TLSClientSession(context: context, host: host, server: server),
            server: server)
        guard connections.count < Self.maximumConnections else { return connection.close() }
        let id = ObjectIdentifier(connection)
        connections[id] = connection
        connection.onAllocation = { [weak self] in self?.allocations.insert($0) }
        connection.onEnd = { [weak self] failure in
            self?.connections[id] = nil
            if let failure { self?.onFailure(failure) }
        }
        connection.start()
    }
}
