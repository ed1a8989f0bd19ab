import DTLS
import ICE
import Testing
import TransportTypes

@testable import WebRTC

@Suite("The states of a connection, which are those of its transports taken together")
struct PeerConnectionStateTests {
    private static let iceStates: [ICETransportState] = [
        .new, .checking, .connected, .completed, .disconnected, .failed, .closed,
    ]
    private static let dtlsStates: [DTLSState] = [.new, .connecting, .connected, .closed, .failed]

    /// W3C §4.3.3 in its order, the first that holds.
    private func expected(_ ice: Set<ICETransportState>, _ dtls: Set<DTLSState>) -> PeerConnectionState {
        if ice.contains(.failed) || dtls.contains(.failed) { return .failed }
        if ice.contains(.disconnected) { return .disconnected }
        if ice.isSubset(of: [.new, .closed]), dtls.isSubset(of: [.new, .closed]) { return .new }
        if ice.isSubset(of: [.connected, .completed, .closed]), dtls.isSubset(of: [.connected, .closed]) {
            return .connected
        }
        return .connecting
    }

    @Test("no transport, one and two give the state that the W3C's table has")
    func table() {
        #expect(PeerConnectionState(ice: [], dtls: []) == .new)
        for (one, other) in Self.iceStates.flatMap({ one in Self.iceStates.map { (one, $0) } }) {
            for (first, second) in Self.dtlsStates.flatMap({ one in Self.dtlsStates.map { (one, $0) } }) {
                let state = PeerConnectionState(ice: [one, other], dtls: [first, second])
                #expect(state == expected([one, other], [first, second]), "\(one), \(other), \(first), \(second)")
            }
        }
        for ice in Self.iceStates {
            for dtls in Self.dtlsStates {
                #expect(PeerConnectionState(ice: [ice], dtls: [dtls]) == expected([ice], [dtls]), "\(ice), \(dtls)")
            }
        }
    }

    @Test("ICE's state is that of the transport that is furthest behind (W3C §4.3.4)")
    func ice() {
        #expect(ICEConnectionState([]) == .new && ICEConnectionState([.closed]) == .new)
        for state in Self.iceStates where state != .closed {
            #expect(ICEConnectionState([state]).rawValue == state.rawValue)
            #expect(ICEConnectionState([state, .closed]).rawValue == state.rawValue)
        }
        let pairs: [([ICETransportState], ICEConnectionState)] = [
            ([.failed, .disconnected], .failed), ([.connected, .disconnected], .disconnected),
            ([.new, .checking], .checking), ([.new, .connected], .checking), ([.checking, .completed], .checking),
            ([.connected, .completed], .connected), ([.completed, .completed], .completed), ([.new, .closed], .new),
        ]
        for (states, expected) in pairs {
            #expect(ICEConnectionState(states) == expected && ICEConnectionState(states.reversed()) == expected)
        }
    }

    @Test("gathering goes on while one transport gathers, and is complete when all are (W3C §4.3.2)")
    func gathering() {
        let lists: [([ICEGatheringState], ICEGatheringState)] = [
            ([], .new), ([.new], .new), ([.complete], .complete), ([.complete, .new], .new),
            ([.complete, .gathering], .gathering), ([.new, .gathering], .gathering),
            ([.complete, .complete], .complete),
        ]
        for (states, expected) in lists { #expect(ICEGatheringState(states) == expected) }
    }
}
