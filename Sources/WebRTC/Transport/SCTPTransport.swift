internal import DTLS
internal import ICE
internal import SCTP
internal import Synchronization
internal import TransportTypes

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

    /// The DTLS transport below it: another one once an answer has bundled the data channels with
    /// other sections.
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
