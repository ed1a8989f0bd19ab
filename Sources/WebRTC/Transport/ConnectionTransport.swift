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

    /// - Parameter dtls: what the application knows of it already.
    init(id: Int, stack: TransportStack, dtls: DTLSTransport? = nil) {
        self.id = id
        self.stack = stack
        self.dtls = dtls ?? DTLSTransport(iceTransport: ICETransport())
        ice = self.dtls.iceTransport
    }

    /// Whether the peer goes on with the others on a new path.
    var mustFollow: Bool { hasLostTag && isLeft }
}
