internal import DTLS
internal import ICE
internal import SDP

// What both sides have agreed on about the transport that all sections share.
extension Negotiation {
    /// Our part in the DTLS handshake, once an answer (also a provisional one) says so (RFC 8842 §5).
    var dtlsRole: DTLSRole? {
        guard let (answer, isLocal) = answerInForce, let index = answer.tagMid.flatMap(answer.index(ofMid:)) else {
            return nil
        }
        switch answer.document.setup(of: answer.document.media[index]) {
        case .active: return isLocal ? .client : .server
        case .passive: return isLocal ? .server : .client
        // An answer without the attribute, or with one that answers may not have, leaves the client's part to the answerer.
        case .actpass, .holdconn, nil: return isLocal ? .client : .server
        }
    }

    /// The local side of the transport, as the descriptions in force have it.
    var localTransport: TransportDescription? {
        transport(of: local, mid: localTransportMid)
    }

    /// The credentials of ``localTransport``.
    var localCredentials: ICECredentials? {
        identity(of: local, mid: localTransportMid)?.credentials
    }

    private var localTransportMid: String? {
        signalingState == .haveLocalOffer ? local?.tagMid : agreedMid
    }

    /// The remote side of the transport, once both sides have agreed on it.
    var remoteTransport: TransportDescription? {
        transport(of: agreed.remote, mid: agreedMid)
    }

    /// The local side that goes with ``remoteTransport``: in the middle of an exchange that of the one before.
    var agreedLocalTransport: TransportDescription? {
        transport(of: agreed.local, mid: agreedMid)
    }

    /// The data channels of the peer, once both sides have agreed on them.
    var remoteData: DataDescription? { data(of: agreed.remote) }
    /// Our side of the data channels, as the descriptions in force have it.
    var localData: DataDescription? { data(of: local) }
    /// Our side of the data channels that both sides have agreed on.
    var agreedLocalData: DataDescription? { data(of: agreed.local) }

    /// The tag of the section whose transport both sides use; an answer says which (RFC 9143 §7.3).
    var agreedMid: String? { Self.answer(of: agreed)?.tagMid }

    /// The tag of the section whose transport was in use in the last stable state.
    var currentMid: String? { Self.answer(of: (currentLocal, currentRemote))?.tagMid }

    /// An offer and its answer, the newest of which both sides have seen both.
    private var agreed: (local: AppliedDescription?, remote: AppliedDescription?) {
        isAgreed ? (local, remote) : (currentLocal, currentRemote)
    }

    private static func answer(
        of pair: (local: AppliedDescription?, remote: AppliedDescription?)
    ) -> AppliedDescription? {
        pair.local?.type == .offer ? pair.remote : pair.local
    }

    private func data(of description: AppliedDescription?) -> DataDescription? {
        guard let dataMid, let description, let index = description.index(ofMid: dataMid),
            !description.document.media[index].isRejected
        else { return nil }
        return DataDescription(of: description.document.media[index])
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

    func transport(of description: AppliedDescription?, mid: String?) -> TransportDescription? {
        guard let (description, index) = section(of: description, mid: mid) else { return nil }
        return try? TransportDescription(of: description, at: index, mid: mid ?? "")
    }

    /// Who is at that end of a transport; most who ask need no more.
    func identity(of description: AppliedDescription?, mid: String?) -> TransportIdentity? {
        guard let (description, index) = section(of: description, mid: mid) else { return nil }
        return try? description.transport(at: index).identity.get()
    }

    private func section(
        of description: AppliedDescription?, mid: String?
    ) -> (description: AppliedDescription, index: Int)? {
        guard let mid, let description, let index = description.index(ofMid: mid),
            !description.document.media[index].isRejected
        else { return nil }
        return (description, index)
    }
}
