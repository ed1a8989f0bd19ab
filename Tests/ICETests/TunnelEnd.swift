import Testing

@testable import ICE
@testable import NetworkLoop

/// A tunnel, and a client of it that stands in for libnice.
///
/// `@unchecked Sendable`: everything is used on the loop only, but for what says otherwise.
final class TunnelEnd: @unchecked Sendable {
    let loop = NetworkLoop()
    private(set) var tunnel: TLSTunnel?
    private(set) var received: [UInt8] = []
    /// Bytes that the tunnel's side has taken.
    private(set) var written = 0
    private(set) var failures: [String] = []
    /// The tunnel has ended the connection.
    private(set) var isOver = false
    var isReading = true { didSet { updateInterest() } }
    private var socket: StreamSocket?
    private var pending: [UInt8] = []
    private let waiters = LoopWaiters<TunnelEnd>()

    /// From any thread.
    init(to server: TransportAddress, host: String, roots: TLSRoots) {
        loop.post { [self] in
            guard let context = roots.context else { return }
            tunnel = TLSTunnel(loop: loop, server: server, host: host, context: context) { [weak self] failure in
                self?.failures.append(failure)
                self?.notify()
            }
        }
    }

    /// Connects to the tunnel. From any thread.
    func connect() async {
        loop.post { [self] in
            guard let address = tunnel?.address else { return }
            socket = StreamSocket.connect(to: address, loop: loop) { [weak self] in self?.isReady($0) }.socket
            socket?.interest = .input
        }
    }

    /// From any thread.
    func send(_ text: String) { send(Array(text.utf8)) }

    /// From any thread.
    func send(_ bytes: [UInt8]) {
        loop.post { [self] in
            pending += bytes
            updateInterest()
        }
    }

    /// Waits on the loop's own clock. From any thread.
    func pause(_ time: Duration) async {
        await withCheckedContinuation { continuation in
            loop.post { _ = self.loop.schedule(after: time) { continuation.resume() } }
        }
    }

    /// From any thread.
    func endOutput() { loop.post { self.socket?.endOutput() } }

    /// From any thread.
    func wait(
        sourceLocation: SourceLocation = #_sourceLocation, until condition: @escaping @Sendable (TunnelEnd) -> Bool
    ) async {
        await waiters.wait(
            for: self, on: loop, sourceLocation: sourceLocation,
            story: {
                "received \($0.received.count), written \($0.written), failures \($0.failures), over \($0.isOver)"
            },
            until: condition)
    }

    /// From any thread.
    func close() async {
        loop.post { [self] in
            socket?.close()
            tunnel?.close()
        }
        loop.shutdownFromTest()
    }

    private func isReady(_ ready: DescriptorWatch.Interest) {
        if ready.contains(.output), let socket {
            let count = socket.write(pending.span)
            if count > 0 {
                pending.removeFirst(count)
                written += count
            }
        }
        if ready.contains(.input), let socket {
            var buffer = [UInt8](repeating: 0, count: 16 << 10)
            switch socket.read(into: &buffer) {
            case .bytes(let count): received += buffer[..<count]
            case .nothing: break
            case .end, .failed:
                isOver = true
                socket.close()
                self.socket = nil
            }
        }
        updateInterest()
        notify()
    }

    private func updateInterest() {
        socket?.interest = (isReading ? DescriptorWatch.Interest.input : []).union(pending.isEmpty ? [] : .output)
    }

    private func notify() { waiters.notify(self) }
}
