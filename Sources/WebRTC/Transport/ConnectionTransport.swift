internal import DTLS

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
    /// Why DTLS has failed, for the diagnosis.
    var dtlsError: DTLSError?
    /// How often the selected pair has changed, for getStats.
    var selectedPairChanges: UInt32 = 0
    var statsCache = StatsCache()

    init(id: Int, stack: TransportStack) {
        self.id = id
        self.stack = stack
        ice = ICETransport()
        dtls = DTLSTransport(iceTransport: ice)
    }

    /// Whether the peer goes on with the others on a new path.
    var mustFollow: Bool { hasLostTag && isLeft }
}
