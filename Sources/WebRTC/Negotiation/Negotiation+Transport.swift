internal import DTLS
internal import ICE
internal import SDP

// What both sides have agreed on about the transport of the data channels.
extension Negotiation {
    /// Our part in the DTLS handshake, once an answer (also a provisional one) says so (RFC 8842 §5).
    var dtlsRole: DTLSRole? {
        guard let dataMid, let (answer, isLocal) = answerInForce, let index = answer.index(ofMid: dataMid) else {
            return nil
        }
        switch answer.document.setup(of: answer.document.media[index]) {
        case .active: return isLocal ? .client : .server
        case .passive: return isLocal ? .server : .client
        // An answer without the attribute, or with one that answers may not have, leaves the client's part to the answerer.
        case .actpass, .holdconn, nil: return isLocal ? .client : .server
        }
    }

    /// The local side of the data transport, as the descriptions in force have it.
    var localTransport: TransportDescription? {
        transport(of: local)
    }

    /// The remote side of the data transport, once both sides have agreed on it.
    var remoteTransport: TransportDescription? {
        transport(of: isAgreed ? remote : currentRemote)
    }

    /// The local side that goes with ``remoteTransport``: in the middle of an exchange that of the one before.
    var agreedLocalTransport: TransportDescription? {
        transport(of: isAgreed ? local : currentLocal)
    }

    /// Whether the present descriptions are an offer and its answer, if only a provisional one.
    private var isAgreed: Bool {
        switch signalingState {
        case .haveLocalOffer, .haveRemoteOffer, .closed: false
        case .stable, .haveLocalPranswer, .haveRemotePranswer: true
        }
    }

    /// Whether the pending or, without one, the current offer is ours: the offerer controls ICE (RFC 8445 §6.1.1).
    var isOfferer: Bool {
        local?.type == .offer
    }

    /// W3C `canTrickleIceCandidates`.
    var canTrickle: Bool? {
        guard let remote else { return nil }
        return remote.document.iceOptions.contains("trickle")
            || remote.document.media.contains { $0.iceOptions.contains("trickle") }
    }

    private var answerInForce: (AppliedDescription, isLocal: Bool)? {
        for (local, remote) in [(pendingLocal, pendingRemote), (currentLocal, currentRemote)] {
            if let local, local.type != .offer { return (local, true) }
            if let remote, remote.type != .offer { return (remote, false) }
        }
        return nil
    }

    func transport(of description: AppliedDescription?) -> TransportDescription? {
        guard let dataMid, let description, let index = description.index(ofMid: dataMid),
            !description.document.media[index].isRejected
        else { return nil }
        return try? TransportDescription(of: description.document, at: index, mid: dataMid)
    }
}
