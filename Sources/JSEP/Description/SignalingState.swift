/// W3C `RTCSignalingState`: where the offer/answer exchange stands (RFC 9429 §3.2).
public enum SignalingState: String, Sendable, Hashable, Codable, CaseIterable {
    /// No exchange is under way: none has begun yet, or an answer has ended the last one.
    case stable
    /// This side has set its offer, and waits for the answer.
    case haveLocalOffer = "have-local-offer"
    /// The other side's offer is set, and this side has to answer.
    case haveRemoteOffer = "have-remote-offer"
    /// This side has answered for the time being; its last word is to come.
    case haveLocalPranswer = "have-local-pranswer"
    /// The other side has answered for the time being.
    case haveRemotePranswer = "have-remote-pranswer"
    /// The connection is closed, and stays so.
    case closed
}

extension SignalingState {
    /// Which side a description was set on.
    enum Side: String, Sendable {
        case local, remote
    }

    /// The state after setting a description of this kind, or nil if it may not be set now (RFC
    /// 9429 §3.2, W3C §4.4.1.5).
    ///
    /// A remote offer on top of a local one is allowed: the local one is rolled back first.
    func after(_ kind: SessionDescription.Kind, on side: Side) -> SignalingState? {
        switch (self, kind, side) {
        case (.stable, .offer, .local), (.haveLocalOffer, .offer, .local): .haveLocalOffer
        case (.stable, .offer, .remote), (.haveRemoteOffer, .offer, .remote): .haveRemoteOffer
        case (.haveLocalOffer, .offer, .remote): .haveRemoteOffer
        case (.haveRemoteOffer, .answer, .local), (.haveLocalPranswer, .answer, .local): .stable
        case (.haveLocalOffer, .answer, .remote), (.haveRemotePranswer, .answer, .remote): .stable
        case (.haveRemoteOffer, .pranswer, .local), (.haveLocalPranswer, .pranswer, .local): .haveLocalPranswer
        case (.haveLocalOffer, .pranswer, .remote), (.haveRemotePranswer, .pranswer, .remote): .haveRemotePranswer
        case (.haveLocalOffer, .rollback, .local), (.haveRemotePranswer, .rollback, .local): .stable
        case (.haveRemoteOffer, .rollback, .remote), (.haveLocalPranswer, .rollback, .remote): .stable
        default: nil
        }
    }

    /// What to do where a description of this kind does not fit the state.
    func advice(against kind: SessionDescription.Kind, on side: Side) -> String {
        switch (self, kind, side) {
        case (.closed, _, _): "make a new PeerConnection"
        case (.stable, .rollback, _): "there is nothing to take back"
        case (.stable, _, .remote):
            "no offer of ours waits for it: it was set already, or its offer was taken back; set each answer once"
        case (.stable, _, .local): "set the peer's offer with setRemoteDescription first"
        case (_, .rollback, .local): "it is the peer's offer that is pending; set a rollback as the remote description"
        case (_, .rollback, .remote): "it is our offer that is pending; set a rollback as the local description"
        case (.haveLocalOffer, _, _):
            "our offer waits for the peer's answer; set that with setRemoteDescription, or roll the offer back first"
        case (.haveRemotePranswer, _, _): "our offer waits for the peer's last answer; set that first"
        case (.haveRemoteOffer, _, _), (.haveLocalPranswer, _, _):
            "the peer's offer waits for our answer; call setLocalDescription first, and send the answer to the peer"
        }
    }
}
