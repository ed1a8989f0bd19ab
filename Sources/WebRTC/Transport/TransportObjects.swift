internal import DTLS
internal import ICE
internal import SCTP
internal import Synchronization
public import TransportTypes

/// W3C `RTCSctpTransport` §6.1: what carries the data channels. Readable from any thread.
public final class SCTPTransport: Sendable {
    private struct Values {
        var transport: DTLSTransport
        var state = SCTPTransportState.connecting
        var maxMessageSize = 65_536
        var maxChannels: UInt16?
        var error: SCTPError?
    }
    private let values: Mutex<Values>

    init(transport: DTLSTransport) {
        values = Mutex(Values(transport: transport))
    }

    /// The DTLS transport below it: another one once an answer has bundled the data channels with other sections.
    public var transport: DTLSTransport { values.withLock { $0.transport } }
    /// Where the association is in its life.
    public var state: SCTPTransportState { values.withLock { $0.state } }
    /// The largest message that may be sent, in bytes.
    public var maxMessageSize: Int { values.withLock { $0.maxMessageSize } }
    /// How many channels there can be; nil until connected.
    public var maxChannels: UInt16? { values.withLock { $0.maxChannels } }

    /// Why the association has failed, for the diagnosis.
    var error: SCTPError? { values.withLock { $0.error } }

    func update(state: SCTPTransportState, maxChannels: UInt16? = nil, error: SCTPError? = nil) {
        values.withLock { values in
            guard values.state != .closed else { return }
            values.state = state
            if let maxChannels { values.maxChannels = maxChannels }
            if let error { values.error = error }
        }
    }

    func update(transport: DTLSTransport) {
        values.withLock { $0.transport = transport }
    }

    func update(maxMessageSize: Int) {
        values.withLock { $0.maxMessageSize = maxMessageSize }
    }
}

/// W3C `RTCDtlsTransport` §5.5. Readable from any thread.
public final class DTLSTransport: Sendable {
    /// The ICE transport below it.
    public let iceTransport: ICETransport
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

/// W3C `RTCIceTransport` §5.6. Readable from any thread.
public final class ICETransport: Sendable {
    struct Values: Sendable {
        var state = ICETransportState.new
        var gatheringState = ICEGatheringState.new
        var role: ICERole?
        var selectedPair: ICECandidatePair?
        var localCandidates: [ICECandidate] = []
        var remoteCandidates: [ICECandidate] = []
        /// The peer has said that it has no more candidates.
        var hasRemoteEnded = false
        /// There was a pair once, with this peer.
        var hadPair = false
    }
    private let values = Mutex(Values())

    init() {}

    /// Where the checks stand.
    public var state: ICETransportState { values.withLock { $0.state } }
    /// Where gathering stands.
    public var gatheringState: ICEGatheringState { values.withLock { $0.gatheringState } }
    /// Whether this side nominates; nil until known.
    public var role: ICERole? { values.withLock { $0.role } }
    /// The pair in use. W3C `getSelectedCandidatePair`.
    public var selectedCandidatePair: ICECandidatePair? { values.withLock { $0.selectedPair } }
    /// What was gathered. W3C `getLocalCandidates`.
    public var localCandidates: [ICECandidate] { values.withLock { $0.localCandidates } }
    /// What the peer has signalled. W3C `getRemoteCandidates`.
    public var remoteCandidates: [ICECandidate] { values.withLock { $0.remoteCandidates } }

    /// Everything at one moment.
    var all: Values { values.withLock { $0 } }

    func update(_ body: (inout Values) -> Void) {
        values.withLock { values in
            if values.state != .closed { body(&values) }
        }
    }
}

/// W3C `RTCIceCandidatePair`.
public struct ICECandidatePair: Sendable, Hashable {
    /// Our end.
    public let local: ICECandidate
    /// The peer's end.
    public let remote: ICECandidate
}
