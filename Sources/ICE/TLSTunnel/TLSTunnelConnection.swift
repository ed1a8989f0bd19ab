internal import NetworkLoop

/// One connection of libnice's, carried to the server inside of TLS. Nothing is read while what was
/// read before has not gone, so that whoever is slower slows the other down. On the loop only.
final class TLSTunnelConnection {
    private enum State {
        case connecting, handshaking, open, closed
    }

    /// How long one side may go on alone after the other has ended.
    private static let lingering = Duration.seconds(5)

    /// Told the address that the server has allocated.
    var onAllocation: ((TransportAddress) -> Void)?
    /// Called once, unless ``close()`` comes first; with a text for people when it was not an
    /// orderly end.
    var onEnd: ((String?) -> Void)?

    private let loop: NetworkLoop
    private let session: TLSClientSession?
    private let address: TransportAddress
    private var state = State.connecting
    private var near: StreamSocket?
    private var far: StreamSocket?
    private var toNear = ByteQueue()
    private var toFar = ByteQueue()
    /// Who sends no more.
    private var hasNearEnded = false
    private var hasFarEnded = false
    private var allocation = AllocationReader()
    private var timer: LoopTimer?
    private var buffer = [UInt8](repeating: 0, count: 16 << 10)

    /// - Parameter descriptor: libnice's connection, taken over.
    init(adopting descriptor: Int32, loop: NetworkLoop, session: TLSClientSession?, server: TransportAddress) {
        self.loop = loop
        self.session = session
        address = server
        near = StreamSocket(adopting: descriptor, loop: loop) { [weak self] in self?.nearIsReady($0) }
    }

    var waitingBytes: Int { toNear.count + toFar.count }

    func start() {
        guard session != nil else { return end("\(address): OpenSSL gave no TLS session") }
        timer = loop.schedule(after: TLSTunnel.timeout) { [weak self] in
            guard let self else { return }
            let step = state == .connecting ? "to the connection" : "in the TLS handshake"
            end("\(address): the server has not answered \(step) within \(TLSTunnel.timeout.components.seconds) s")
        }
        let (socket, error) = StreamSocket.connect(to: address, loop: loop) { [weak self] in self?.farIsReady($0) }
        guard let socket else { return end("\(address): \(StreamSocket.text(error))") }
        far = socket
        socket.interest = .output
    }

    /// Says goodbye to the server as far as the system takes it at once, and lets go of everything.
    func close() {
        guard state != .closed else { return }
        if state == .open, !hasNearEnded {
            session?.shutdown()
            flush()
        }
        state = .closed
        timer?.cancel()
        near?.close()
        far?.close()
        onEnd = nil
        onAllocation = nil
    }

    private func end(_ failure: String? = nil) {
        let onEnd = onEnd
        close()
        onEnd?(failure)
    }

    // MARK: - What the sockets tell

    private func farIsReady(_ ready: DescriptorWatch.Interest) {
        if state == .connecting {
            let error = far?.connectError ?? 0
            guard error == 0 else { return end("\(address): \(StreamSocket.text(error))") }
            state = .handshaking
            handshake()
        } else if ready.contains(.input) {
            readFar()
        }
        goOn()
    }

    private func nearIsReady(_ ready: DescriptorWatch.Interest) {
        if ready.contains(.input), state == .open { readNear() }
        goOn()
    }

    private func readFar() {
        guard let session else { return }
        switch far?.read(into: &buffer) {
        case .bytes(let count):
            session.take(buffer.span.extracting(0..<count))
            if state == .handshaking { handshake() }
            if state == .open { decrypt() }
        case .end where state == .handshaking:
            end("\(address): the server has ended the connection in the TLS handshake; has it TLS on this port?")
        // Without close_notify too: each of TURN's messages says how long it is.
        case .end: hasFarEnded = true
        case .failed(let error):
            let place = state == .handshaking ? " in the TLS handshake; has it TLS on this port?" : ""
            end("\(address): \(StreamSocket.text(error))\(place)")
        case .nothing, nil: break
        }
    }

    private func readNear() {
        switch near?.read(into: &buffer) {
        case .bytes(let count):
            if case .failed(let reason)? = session?.write(buffer.span.extracting(0..<count)) { end(reason) }
        case .end:
            hasNearEnded = true
            session?.shutdown()
        case .failed: end()
        case .nothing, nil: break
        }
    }

    // MARK: - TLS

    private func handshake() {
        switch session?.handshake() {
        case .done?:
            state = .open
            timer?.cancel()
        case .failed(let reason)?:
            // The alert tells the server why.
            flush()
            end(reason)
        case .closedByPeer?: end("\(address): the server has ended the TLS handshake")
        case .wantsInput?, nil: break
        }
    }

    private func decrypt() {
        while let (step, count) = session?.read(into: &buffer) {
            switch step {
            case .done:
                if let address = allocation.take(buffer[..<count]) { onAllocation?(address) }
                toNear.append(buffer[..<count])
            case .wantsInput: return
            case .closedByPeer:
                hasFarEnded = true
                return
            case .failed(let reason): return end(reason)
            }
        }
    }

    // MARK: - Going on

    /// Writes what can be written, and says what is waited for.
    private func goOn() {
        guard state != .closed else { return }
        flush()
        guard state == .open else {
            far?.interest = state == .connecting ? .output : toFar.isEmpty ? .input : [.input, .output]
            return
        }
        if hasNearEnded, toFar.isEmpty { far?.endOutput() }
        if hasFarEnded, toNear.isEmpty { near?.endOutput() }
        if hasNearEnded && toFar.isEmpty && hasFarEnded && toNear.isEmpty { return end() }
        if hasNearEnded || hasFarEnded, timer?.isActive != true {
            timer = loop.schedule(after: Self.lingering) { [weak self] in self?.end() }
        }
        near?.interest = Self.interest(reads: !hasNearEnded && !toFar.isFull, writes: !toNear.isEmpty)
        far?.interest = Self.interest(reads: !hasFarEnded && !toNear.isFull, writes: !toFar.isEmpty)
    }

    private func flush() {
        session?.moveOutput(to: &toFar)
        if let far, state != .connecting { write(&toFar, to: far) }
        if let near { write(&toNear, to: near) }
    }

    /// What a socket that has failed does not take is lost: reading it tells.
    private func write(_ queue: inout ByteQueue, to socket: StreamSocket) {
        queue.drain { bytes in
            let count = socket.write(bytes)
            return count < 0 ? bytes.count : count
        }
    }

    private static func interest(reads: Bool, writes: Bool) -> DescriptorWatch.Interest {
        (reads ? DescriptorWatch.Interest.input : []).union(writes ? .output : [])
    }
}
