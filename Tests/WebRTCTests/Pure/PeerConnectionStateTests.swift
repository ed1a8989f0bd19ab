import DTLS
import ICE
import Testing

@testable import WebRTC

@Suite("The state of a connection")
struct PeerConnectionStateTests {
    /// W3C §4.3.3 in its order, the first that holds: it says "any" and "all", here there is one of each.
    private func expected(_ ice: ICETransportState, _ dtls: DTLSState) -> PeerConnectionState {
        if ice == .failed || dtls == .failed { return .failed }
        if ice == .disconnected { return .disconnected }
        if [.new, .closed].contains(ice), [.new, .closed].contains(dtls) { return .new }
        if [.connected, .completed, .closed].contains(ice), [.connected, .closed].contains(dtls) { return .connected }
        return .connecting
    }

    @Test("every pair of transport states gives the state that the W3C's table has")
    func table() {
        let iceStates: [ICETransportState] = [
            .new, .checking, .connected, .completed, .disconnected, .failed, .closed,
        ]
        let dtlsStates: [DTLSState] = [.new, .connecting, .connected, .closed, .failed]
        for ice in iceStates {
            for dtls in dtlsStates {
                #expect(PeerConnectionState(ice: ice, dtls: dtls) == expected(ice, dtls), "\(ice), \(dtls)")
            }
        }
    }

    @Test("ICE's states are shown under the same names")
    func ice() {
        for state in ICEConnectionState.allCases {
            let transport = ICETransportState(rawValue: state.rawValue)
            #expect(transport.map(ICEConnectionState.init) == state)
        }
    }
}
