import Testing

@testable import JSEP

@Suite("The signaling state")
struct SignalingStateTests {
    private struct Step: Hashable {
        let state: SignalingState
        let kind: SessionDescription.Kind
        let side: SignalingState.Side
    }

    /// RFC 9429 §3.2, figure 2, and the implicit rollback of §4.1.10.2; everything that is not here is an error.
    private static let table: [Step: SignalingState] = [
        Step(state: .stable, kind: .offer, side: .local): .haveLocalOffer,
        Step(state: .stable, kind: .offer, side: .remote): .haveRemoteOffer,
        Step(state: .haveLocalOffer, kind: .offer, side: .local): .haveLocalOffer,
        Step(state: .haveLocalOffer, kind: .offer, side: .remote): .haveRemoteOffer,
        Step(state: .haveLocalOffer, kind: .pranswer, side: .remote): .haveRemotePranswer,
        Step(state: .haveLocalOffer, kind: .answer, side: .remote): .stable,
        Step(state: .haveLocalOffer, kind: .rollback, side: .local): .stable,
        Step(state: .haveRemotePranswer, kind: .pranswer, side: .remote): .haveRemotePranswer,
        Step(state: .haveRemotePranswer, kind: .answer, side: .remote): .stable,
        Step(state: .haveRemotePranswer, kind: .rollback, side: .local): .stable,
        Step(state: .haveRemoteOffer, kind: .offer, side: .remote): .haveRemoteOffer,
        Step(state: .haveRemoteOffer, kind: .pranswer, side: .local): .haveLocalPranswer,
        Step(state: .haveRemoteOffer, kind: .answer, side: .local): .stable,
        Step(state: .haveRemoteOffer, kind: .rollback, side: .remote): .stable,
        Step(state: .haveLocalPranswer, kind: .pranswer, side: .local): .haveLocalPranswer,
        Step(state: .haveLocalPranswer, kind: .answer, side: .local): .stable,
        Step(state: .haveLocalPranswer, kind: .rollback, side: .remote): .stable,
    ]

    @Test("each of the 48 steps leads where RFC 9429 says, or nowhere")
    func table() {
        for state in SignalingState.allCases {
            for kind in [SessionDescription.Kind.offer, .pranswer, .answer, .rollback] {
                for side in [SignalingState.Side.local, .remote] {
                    let step = Step(state: state, kind: kind, side: side)
                    #expect(state.after(kind, on: side) == Self.table[step], "\(step)")
                }
            }
        }
    }

    @Test("each description that does not fit is told what to do instead")
    func advice() {
        func expect(
            _ state: SignalingState, _ kind: SessionDescription.Kind, _ side: SignalingState.Side, _ text: String,
            sourceLocation: SourceLocation = #_sourceLocation
        ) {
            #expect(state.after(kind, on: side) == nil, sourceLocation: sourceLocation)
            #expect(state.advice(against: kind, on: side).contains(text), sourceLocation: sourceLocation)
        }
        expect(.stable, .answer, .remote, "set already")
        expect(.stable, .answer, .local, "setRemoteDescription first")
        expect(.stable, .rollback, .local, "nothing to take back")
        expect(.haveLocalOffer, .answer, .local, "peer's answer")
        expect(.haveLocalOffer, .rollback, .remote, "as the local description")
        expect(.haveRemoteOffer, .offer, .local, "setLocalDescription first")
        expect(.haveRemoteOffer, .answer, .remote, "setLocalDescription first")
        expect(.haveRemoteOffer, .rollback, .local, "as the remote description")
        expect(.haveRemotePranswer, .offer, .remote, "last answer")
        expect(.closed, .offer, .local, "PeerConnection")
    }

    @Test("the states have the names of the W3C")
    func names() {
        let names = [
            "stable", "have-local-offer", "have-remote-offer", "have-local-pranswer", "have-remote-pranswer", "closed",
        ]
        #expect(SignalingState.allCases.map(\.rawValue) == names)
    }
}
