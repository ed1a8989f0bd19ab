internal import SDP
internal import TransportTypes

// What the descriptions say of each transport.
extension Negotiation {
    /// The transports that there have to be, in the order of their making: those in use, and those
    /// that a description under way asks for.
    var transportIDs: [Int] {
        Set([answeredTransports, offeredTransports, currentTransports].compactMap { $0?.entries.map(\.id) }.joined())
            .sorted()
    }

    /// The transport of a section, as the newest descriptions have it.
    func transportID(ofMid mid: String) -> Int? {
        answeredTransports?.id(ofMid: mid) ?? offeredTransports?.id(ofMid: mid) ?? currentTransports.id(ofMid: mid)
    }

    /// The tags of the sections on a transport, as the newest descriptions have it.
    func mids(on id: Int) -> [String] {
        [answeredTransports, offeredTransports, currentTransports].compactMap { $0?[id]?.mids }.first ?? []
    }

    /// Both sides of a transport, once they have agreed on it: in the middle of an exchange those
    /// of the one before.
    func agreement(on id: Int) -> TransportAgreement? {
        for (table, local, remote) in exchanges {
            guard let ours = transport(id, in: table, local), let theirs = transport(id, in: table, remote),
                let role = role(on: id, in: table, local, remote)
            else { continue }
            return TransportAgreement(local: ours, remote: theirs, role: role)
        }
        return nil
    }

    /// Our part in the DTLS handshake on a transport, once an answer (also a provisional one) says
    /// so (RFC 8842 §5).
    func dtlsRole(on id: Int) -> DTLSRole? {
        exchanges.lazy.compactMap { role(on: id, in: $0.table, $0.local, $0.remote) }.first
    }

    /// The local side of a transport, as the newest description has it.
    func localTransport(_ id: Int) -> TransportDescription? {
        localDescriptions.lazy.compactMap { transport(id, in: $0.table, $0.description) }.first
    }

    /// Its credentials.
    func localCredentials(of id: Int) -> ICECredentials? {
        localDescriptions.lazy.compactMap { identity(of: id, in: $0.table, $0.description) }.first?.credentials
    }

    /// The credentials of a transport's remote side, once both sides have agreed on it.
    func remoteCredentials(of id: Int) -> ICECredentials? {
        exchanges.lazy.compactMap { identity(of: id, in: $0.table, $0.remote) }.first?.credentials
    }

    /// What is in force, the newest first: an offer with its answer, if only a provisional one.
    private var exchanges: [(table: TransportTable?, local: AppliedDescription?, remote: AppliedDescription?)] {
        [(answeredTransports, pendingLocal, pendingRemote), (currentTransports, currentLocal, currentRemote)]
    }

    private var localDescriptions: [(table: TransportTable?, description: AppliedDescription?)] {
        [(answeredTransports, pendingLocal), (offeredTransports, pendingLocal), (currentTransports, currentLocal)]
    }

    private func role(
        on id: Int, in table: TransportTable?, _ local: AppliedDescription?, _ remote: AppliedDescription?
    ) -> DTLSRole? {
        guard let tag = table?[id]?.tag, let local, let remote else { return nil }
        let isLocal = local.type != .offer
        let answer = isLocal ? local : remote
        let media = answer.index(ofMid: tag).map { answer.document.media[$0] }
        switch media.flatMap({ answer.document.setup(of: $0) }) {
        case .active: return isLocal ? .client : .server
        case .passive: return isLocal ? .server : .client
        // An answer without the attribute, or with one that answers may not have, leaves the
        // client's part to the answerer.
        case .actpass, .holdconn, nil: return isLocal ? .client : .server
        }
    }

    private func transport(
        _ id: Int, in table: TransportTable?, _ description: AppliedDescription?
    ) -> TransportDescription? {
        guard let entry = table?[id], let description else { return nil }
        return try? TransportDescription(of: description, entry)
    }

    /// Who is at that end of a transport; most who ask need no more.
    func identity(
        of id: Int, in table: TransportTable?, _ description: AppliedDescription?
    ) -> TransportIdentity? {
        guard let tag = table?[id]?.tag, let description, description.isOpen(tag),
            let index = description.index(ofMid: tag)
        else { return nil }
        return try? description.transport(at: index).identity.get()
    }

    // MARK: Data channels

    /// The transport that carries the data channels, if the newest descriptions have one.
    var dataTransportID: Int? {
        guard localData != nil || remoteData != nil else { return nil }
        return dataMid.flatMap(transportID(ofMid:))
    }

    /// Whether the peer's offer, which is not answered yet, has data channels.
    var isDataOffered: Bool {
        guard signalingState == .haveRemoteOffer, let dataMid, let pendingRemote else { return false }
        return pendingRemote.isOpen(dataMid)
    }

    /// The data channels of the peer, once both sides have agreed on them.
    var remoteData: DataDescription? { data(of: agreed.remote) }
    /// Our side of the data channels, as the descriptions in force have it.
    var localData: DataDescription? { data(of: local) }
    /// Our side of the data channels that both sides have agreed on.
    var agreedLocalData: DataDescription? { data(of: agreed.local) }

    /// An offer and its answer, the newest of which both sides have seen both.
    var agreed: (local: AppliedDescription?, remote: AppliedDescription?) {
        isAgreed ? (local, remote) : (currentLocal, currentRemote)
    }

    private func data(of description: AppliedDescription?) -> DataDescription? {
        guard let dataMid, let description, let index = description.index(ofMid: dataMid),
            !description.document.media[index].isRejected
        else { return nil }
        return DataDescription(
            of: description.document.media[index], inSession: description.document.origin.sessionID)
    }

    /// Whether the present descriptions are an offer and its answer, if only a provisional one.
    private var isAgreed: Bool {
        switch signalingState {
        case .haveLocalOffer, .haveRemoteOffer, .closed: false
        case .stable, .haveLocalPranswer, .haveRemotePranswer: true
        }
    }

    // MARK: Of all transports

    /// The answer of the exchange that is in force.
    var currentAnswer: AppliedDescription? { currentLocal?.type == .offer ? currentRemote : currentLocal }

    /// Whether the pending or, without one, the current offer is ours.
    var isOfferer: Bool {
        local?.type == .offer
    }

    /// The local username fragments of the newest descriptions, a transport each.
    var localFragments: [String] {
        transportIDs.compactMap { localCredentials(of: $0)?.usernameFragment }
    }

    /// Those of one description.
    func fragments(of table: TransportTable?, in description: AppliedDescription?) -> Set<String> {
        guard let table, let description else { return [] }
        return Set(table.entries.compactMap { description.index(ofMid: $0.tag).flatMap(description.ufrag(at:)) })
    }
}
