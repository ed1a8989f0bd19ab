internal import DTLS
internal import ICE
internal import TransportTypes

// The states of a connection, which are those of its transports taken together. Each table is the
// W3C's in its order: the first line that holds.

extension PeerConnectionState {
    /// W3C `RTCPeerConnectionState` §4.3.3.
    init(ice: [ICETransportState], dtls: [DTLSState]) {
        if ice.contains(.failed) || dtls.contains(.failed) {
            self = .failed
        } else if ice.contains(.disconnected) {
            self = .disconnected
        } else if ice.allSatisfy({ $0 == .new || $0 == .closed }), dtls.allSatisfy({ $0 == .new || $0 == .closed }) {
            self = .new
        } else if ice.contains(where: { $0 == .new || $0 == .checking })
            || dtls.contains(where: { $0 == .new || $0 == .connecting })
        {
            self = .connecting
        } else {
            self = .connected
        }
    }
}

extension ICEConnectionState {
    /// W3C `RTCIceConnectionState` §4.3.4.
    init(_ states: [ICETransportState]) {
        if states.contains(.failed) {
            self = .failed
        } else if states.contains(.disconnected) {
            self = .disconnected
        } else if states.allSatisfy({ $0 == .new || $0 == .closed }) {
            self = .new
        } else if states.contains(where: { $0 == .new || $0 == .checking }) {
            self = .checking
        } else if states.allSatisfy({ $0 == .completed || $0 == .closed }) {
            self = .completed
        } else {
            self = .connected
        }
    }
}

extension ICEGatheringState {
    /// W3C `RTCIceGatheringState` §4.3.2.
    init(_ states: [ICEGatheringState]) {
        if states.contains(.gathering) {
            self = .gathering
        } else {
            self = states.isEmpty || states.contains(.new) ? .new : .complete
        }
    }
}
