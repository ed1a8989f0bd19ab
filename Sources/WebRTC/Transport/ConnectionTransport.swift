/// A transport of a connection: what carries packets, and the objects that the application sees of it.
final class ConnectionTransport {
    /// As the negotiation knows it.
    let id: Int
    let stack: TransportStack
    let ice: ICETransport
    let dtls: DTLSTransport
    /// The section that spoke for it was stopped, and others go on with it.
    var hasLostTag = false
    /// The peer has ended DTLS, or what is above it.
    var isLeft = false
    /// The peer has ended DTLS, and nothing explains it but that it is gone.
    var isPeerGone = false
    /// How often the selected pair has changed, for getStats.
    var selectedPairChanges: UInt32 = 0
    var statsCache = StatsCache()

    /// - Parameter dtls: what the application knows of it already.
    init(id: Int, stack: TransportStack, dtls: DTLSTransport? = nil) {
        self.id = id
        self.stack = stack
        self.dtls = dtls ?? DTLSTransport(iceTransport: ICETransport())
        ice = self.dtls.iceTransport
    }

    /// ICE's state as it is told. A peer that ends DTLS ends its ICE in the same step (W3C `close` §4.4.2), so connectivity is lost
    /// from then on, although the checks need seconds to find that out: how an end determines `disconnected` is its own affair (W3C
    /// `RTCIceTransportState`).
    private var iceState: ICETransportState {
        guard let state = stack.ice?.state else { return ice.state }
        return isPeerGone && (state == .connected || state == .completed) ? .disconnected : state
    }

    /// Shows it to the application. Asked for before the lock is taken, which it may need itself.
    func showICEState() {
        let state = iceState
        ice.update { $0.state = state }
    }

    /// Whether the peer goes on with the others on a new path.
    var mustFollow: Bool { hasLostTag && isLeft }
}
