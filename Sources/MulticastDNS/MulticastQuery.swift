internal import Synchronization

/// A one-shot query for the addresses of a `.local` name, sent by ourselves (RFC 6762 §5.1). For
/// machines without an mDNS daemon.
final class MulticastQuery: Sendable {
    private struct State {
        var sockets: MulticastSockets?
        var watches: [DiscoveryLoop.ID] = []
        var timers: [DiscoveryLoop.ID] = []
        var isStopped = false
    }

    private let name: String
    private let state = Mutex(State())
    private let onAddress: @Sendable ([UInt8]) -> Void

    /// `onAddress` is called on the discovery loop for each address, 4 or 16 bytes; an address may
    /// come twice.
    init(name: String, onAddress: @escaping @Sendable ([UInt8]) -> Void) {
        self.name = name
        self.onAddress = onAddress
    }

    /// Sends the query now and, against loss, again after 250 ms and one second.
    func start() throws(DiscoveryError) {
        let sockets = try MulticastSockets()
        let query = MDNSMessage.addressQuery(for: name, id: UInt16.random(in: 1...UInt16.max))
        let loop = DiscoveryLoop.shared
        state.withLock { state in
            state.sockets = sockets
            for descriptor in sockets.descriptors {
                state.watches.append(loop.watch(descriptor) { [weak self] in self?.read(sockets, descriptor) })
            }
            for delay in [Duration.milliseconds(250), .seconds(1)] {
                state.timers.append(
                    loop.schedule(after: delay) { [weak self] in
                        guard let self else { return }
                        // Under the lock, so that the sockets cannot be closed meanwhile.
                        self.state.withLock { state in if !state.isStopped { _ = sockets.send(query) } }
                    })
            }
        }
        guard sockets.send(query) else {
            stop()
            throw DiscoveryError(.system, "no network interface carries multicast; a .local name cannot be asked for")
        }
    }

    func stop() {
        let loop = DiscoveryLoop.shared
        state.withLock { state in
            guard !state.isStopped else { return }
            state.isStopped = true
            for id in state.watches + state.timers { loop.cancel(id) }
            guard let sockets = state.sockets else { return }
            loop.execute { sockets.close() }  // after the cancellations, so nothing polls a closed descriptor
        }
    }

    private func read(_ sockets: MulticastSockets, _ descriptor: Int32) {
        // The bound keeps a flood from holding the loop; what is left makes the descriptor readable
        // again.
        for _ in 0..<32 {
            guard let datagram = sockets.receive(from: descriptor) else { return }
            for record in MDNSMessage.addressRecords(in: datagram)
            where record.name == name && record.timeToLive > 0 { onAddress(record.address) }
        }
    }
}
