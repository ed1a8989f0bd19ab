internal import DTLS
internal import ICE
internal import SCTP
internal import Synchronization
public import TransportTypes

/// W3C `RTCDtlsTransport` §5.5. Readable from any thread.
public final class DTLSTransport: Sendable {
    /// The ICE transport below it.
    public let iceTransport: ICETransport
    /// What the diagnosis tells of the media that is carried; nil if none is.
    private let shownMedia = Mutex<MediaFacts?>(nil)
    private let values = Mutex((state: DTLSState.new, certificates: [[UInt8]](), error: DTLSError?.none))

    init(iceTransport: ICETransport) {
        self.iceTransport = iceTransport
    }

    /// Where the handshake stands.
    public var state: DTLSState { values.withLock { $0.state } }
    /// The peer's certificate in DER; empty until connected. W3C `getRemoteCertificates`.
    public var remoteCertificates: [[UInt8]] { values.withLock { $0.certificates } }

    /// Why the handshake has failed, for the diagnosis.
    var error: DTLSError? { values.withLock { $0.error } }

    /// What the diagnosis tells of the media that is carried; nil if none is.
    var media: MediaFacts? { shownMedia.withLock { $0 } }

    func show(_ media: MediaFacts) { shownMedia.withLock { $0 = media } }

    func update(state: DTLSState, certificate: [UInt8]? = nil, error: DTLSError? = nil) {
        values.withLock { values in
            guard values.state != .closed else { return }
            values.state = state
            values.error = error
            if let certificate { values.certificates = [certificate] }
        }
    }

    /// Ends this and what is below it, at once and for good.
    func close() {
        update(state: .closed)
        iceTransport.update { $0.state = .closed }
    }

    /// Begins anew, with another peer.
    func restart() {
        values.withLock { $0 = (.new, [], nil) }
    }
}
