internal import DTLS
internal import ICE
internal import SDP

// Making descriptions.
extension Negotiation {
    /// RFC 9429 §5.2.
    mutating func createOffer(_ options: OfferOptions) throws(WebRTCError) -> SessionDescription {
        guard signalingState == .stable || signalingState == .haveLocalOffer else {
            throw wrongState("createOffer", "an offer is made in stable or have-local-offer")
        }
        var sections = local?.document.media.map(\.rejected) ?? []
        let known = dataMid.flatMap { mid in sections.firstIndex { $0.mid == mid } }
        if wantsData || known != nil {
            let kept = options.iceRestart ? nil : localCredentials
            let credentials =
                if let kept, !mustReplace(kept.usernameFragment) { kept } else { makeCredentials() }
            let mid = dataMid ?? Self.freeMid(besides: sections)
            let section = dataSection(mid: mid, credentials: credentials, setup: .actpass)
            // The place of data channels that were refused before is used again (RFC 9429 §5.2.2).
            if let index = known ?? sections.firstIndex(where: \.isDataChannels) {
                sections[index] = section
            } else {
                sections.append(section)
            }
        }
        let document = makeDocument(sections)
        lastOffer = document
        return SessionDescription(type: .offer, sdp: document.serialized())
    }

    /// RFC 9429 §5.3.
    mutating func createAnswer() throws(WebRTCError) -> SessionDescription {
        guard signalingState == .haveRemoteOffer || signalingState == .haveLocalPranswer, let offer = pendingRemote
        else {
            throw wrongState("createAnswer", "an answer needs a remote offer; call setRemoteDescription(_:) first")
        }
        var sections = offer.document.media.map(\.rejected)
        if let dataMid, let index = offer.index(ofMid: dataMid) {
            let media = offer.document.media[index]
            if media.isDataChannels && !media.isRejected {
                let theirs = try TransportDescription(of: offer.document, at: index, mid: dataMid)
                // A provisional answer's credentials stay; so do those in force, unless the offer restarts ICE.
                let isKept = signalingState == .haveLocalPranswer || !isRestart(theirs)
                let credentials = (isKept ? localCredentials : nil) ?? makeCredentials()
                sections[index] = dataSection(
                    mid: dataMid, credentials: credentials, setup: answerSetup(to: theirs.setup),
                    transport: media.transport)
            }
        }
        let document = makeDocument(sections)
        lastAnswer = document
        return SessionDescription(type: .answer, sdp: document.serialized())
    }

    /// Whether the last offer still says what the application wants (W3C §4.4.1.5): a channel made since then, or a wish for
    /// new credentials, needs another.
    var isLastOfferCurrent: Bool {
        guard let lastOffer, lastOffer.media.count >= (currentLocal?.document.media.count ?? 0) else { return false }
        guard let index = lastOffer.media.firstIndex(where: { $0.isDataChannels && !$0.isRejected }) else {
            return !wantsData
        }
        let fragment = lastOffer.iceCredentials(of: lastOffer.media[index])?.ufrag
        return fragment.map(mustReplace) != true
    }

    private func dataSection(
        mid: String, credentials: ICECredentials, setup: SetupRole,
        transport: String = MediaDescription.dataChannelTransport
    ) -> MediaDescription {
        var section = MediaDescription.dataChannels(
            mid: mid, iceUfrag: credentials.usernameFragment, icePwd: credentials.password,
            fingerprints: parameters.fingerprints,
            setup: setup, sctpPort: parameters.sctpPort, maxMessageSize: parameters.maxMessageSize, transport: transport
        )
        section.iceOptions = ["trickle"]
        // What was gathered with these credentials stays part of the description (RFC 9429 §5.2.2).
        if let local, let index = local.index(ofMid: mid), local.ufrag(ofMid: mid) == credentials.usernameFragment {
            section.candidates = local.document.media[index].candidates
            section.hasEndOfCandidates = local.document.media[index].hasEndOfCandidates
        }
        return section
    }

    private mutating func makeDocument(_ sections: [MediaDescription]) -> SDPDocument {
        var document = SDPDocument(
            origin: Origin(sessionID: parameters.sessionID, sessionVersion: sessionVersion), media: sections)
        sessionVersion += 1
        let bundled = sections.filter { !$0.isRejected }.compactMap(\.mid)
        if !bundled.isEmpty { document.groups = [GroupAttribute(semantics: "BUNDLE", mids: bundled)] }
        return document
    }

    /// The credentials of the description in force, which go on unless ICE restarts.
    private var localCredentials: ICECredentials? {
        guard let dataMid, let local, let index = local.index(ofMid: dataMid),
            let found = local.document.iceCredentials(of: local.document.media[index])
        else { return nil }
        return try? ICECredentials(usernameFragment: found.ufrag, password: found.pwd)
    }

    /// The peer's offer has other credentials than before, or there was no before (RFC 9429 §5.3.1).
    private func isRestart(_ theirs: TransportDescription) -> Bool {
        transport(of: currentRemote)?.credentials != theirs.credentials
    }

    /// RFC 8842 §5.3: the answerer takes the client's part unless the offer or an association in place says otherwise.
    private func answerSetup(to offered: SetupRole) -> SetupRole {
        switch offered {
        case .active: .passive
        case .passive: .active
        case .actpass, .holdconn: dtlsRole == .server ? .passive : .active
        }
    }

    private static func freeMid(besides sections: [MediaDescription]) -> String {
        let taken = Set(sections.compactMap(\.mid))
        return (0...sections.count).lazy.map(String.init).first { !taken.contains($0) } ?? "data"
    }
}
