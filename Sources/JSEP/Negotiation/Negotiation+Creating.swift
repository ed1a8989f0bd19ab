internal import SDP
internal import TransportTypes

// Making descriptions.
extension Negotiation {
    /// RFC 9429 §5.2: the text of ``makeOffer(_:)``.
    package mutating func createOffer(_ options: OfferOptions) throws(WebRTCError) -> SessionDescription {
        SessionDescription(type: .offer, sdp: try makeOffer(options).serialized())
    }

    /// RFC 9429 §5.3: the text of ``makeAnswer()``.
    package mutating func createAnswer() throws(WebRTCError) -> SessionDescription {
        SessionDescription(type: .answer, sdp: try makeAnswer().serialized())
    }

    /// Makes an offer, which is then the last that was created.
    @discardableResult
    mutating func makeOffer(_ options: OfferOptions = OfferOptions()) throws(WebRTCError) -> SDPDocument {
        guard signalingState == .stable || signalingState == .haveLocalOffer else {
            throw wrongState("createOffer", "an offer is made in stable or have-local-offer")
        }
        let plan = OfferPlan(self)
        let transports = OfferedTransports(plan, after: self)
        lastTransportID = transports.lastID
        let says = Dictionary(
            uniqueKeysWithValues: transports.table.entries.map { entry in
                let before = options.iceRestart ? nil : localCredentials(of: entry.id)
                let isKept = before.map { !mustReplace($0.usernameFragment) } ?? false
                return (entry.id, attributes(of: entry, isKept: isKept, setup: .actpass))
            })
        var numbers = SessionNumbers([currentRemote, currentLocal, pendingLocal].compactMap { $0?.document })
        let sections = plan.places.indices.map { index in
            var section = section(at: index, of: plan, &numbers)
            guard !section.isRejected, let mid = section.mid else { return section }
            if transports.bundleOnly.contains(mid) {
                section.port = 0
                section.isBundleOnly = true
            }
            transports.table.id(ofMid: mid).flatMap { says[$0] }?.write(to: &section)
            return section
        }
        let document = makeDocument(sections, bundles: transports.groups)
        lastOffer = Created(
            document: document, transceivers: plan.transceivers, transports: transports.table, firstMid: nextMid)
        nextMid = plan.nextMid
        return document
    }

    /// Makes an answer, which is then the last that was created.
    @discardableResult
    mutating func makeAnswer() throws(WebRTCError) -> SDPDocument {
        guard signalingState == .haveRemoteOffer || signalingState == .haveLocalPranswer, let offer = pendingRemote
        else {
            throw wrongState("createAnswer", "an answer needs a remote offer; call setRemoteDescription(_:) first")
        }
        var sections = offer.document.media.map(\.closed)
        var table = TransportTable()
        let answered = try answerTransports(to: offer)
        let isToldBySource = offer.document.isSourceFeedbackForAll
        for transport in answered {
            table.add(transport.mids, to: transport.id)
            // The credentials stay unless the offer restarts ICE (RFC 9429 §5.3.1).
            let says = attributes(
                of: TransportTable.Entry(id: transport.id, mids: transport.mids),
                isKept: remoteCredentials(of: transport.id) == transport.theirs.credentials,
                setup: answerSetup(to: transport, of: offer))
            for index in transport.mids.compactMap(offer.index(ofMid:)) {
                sections[index] = answerSection(
                    to: offer.document.media[index], in: offer.document, isToldBySource: isToldBySource)
                says.write(to: &sections[index])
            }
        }
        let document = makeDocument(sections, bundles: answered.filter(\.isBundled).map(\.mids))
        lastAnswer = Created(document: document, transports: table)
        return document
    }

    /// Whether the last offer still says what the application wants (W3C §4.4.1.5): a channel or a
    /// transceiver made since then, or a wish for new credentials, needs another.
    var isLastOfferCurrent: Bool {
        guard let lastOffer else { return false }
        let fragments = lastOffer.document.media.compactMap(\.iceUfrag)
        var another = self
        another.nextMid = lastOffer.firstMid
        guard !fragments.contains(where: mustReplace), let made = try? another.makeOffer() else { return false }
        return made.hasShape(of: lastOffer.document)
    }

    /// The same for the last answer.
    var isLastAnswerCurrent: Bool {
        guard let lastAnswer else { return false }
        var another = self
        guard let made = try? another.makeAnswer() else { return false }
        return made.hasShape(of: lastAnswer.document)
    }

    /// What the sections on a transport say of it, with its credentials so far or new ones.
    private func attributes(
        of entry: TransportTable.Entry, isKept: Bool, setup: SetupRole
    ) -> TransportAttributes {
        let before = isKept ? localTransport(entry.id) : nil
        return TransportAttributes(
            mid: entry.tag, credentials: before?.credentials ?? freshCredentials(of: entry.id),
            fingerprints: parameters.fingerprints,
            setup: setup, candidates: before?.candidates ?? [], hasEndOfCandidates: before?.hasEndOfCandidates ?? false)
    }

    private mutating func makeDocument(_ sections: [MediaDescription], bundles: [[String]]) -> SDPDocument {
        var document = SDPDocument(
            origin: Origin(sessionID: parameters.sessionID, sessionVersion: sessionVersion), media: sections)
        sessionVersion += 1
        // Also where there is no section to say it (RFC 9429 §5.2.1).
        document.iceOptions = ["trickle"]
        if !bundles.isEmpty { document.groups = bundles.map { GroupAttribute(semantics: "BUNDLE", mids: $0) } }
        return document
    }

    /// RFC 8842 §5.3: an association in place keeps its parts. In a new one the answerer may
    /// choose. It is the client, which saves half a round trip, but the server where there is
    /// media: the server chooses the profile of SRTP (RFC 5764 §4.1.1), and AES-GCM, which we
    /// choose, costs a quarter of the AES_CM_128_HMAC_SHA1_80 that others choose.
    private func answerSetup(to transport: AnsweredTransport, of offer: AppliedDescription) -> SetupRole {
        switch transport.theirs.setup {
        case .active: return .passive
        case .passive: return .active
        case .actpass, .holdconn:
            if let role = dtlsRole(on: transport.id) { return role == .server ? .passive : .active }
            let carriesMedia = transport.mids.contains { offer.section(ofMid: $0).flatMap { MediaKind($0) } != nil }
            return carriesMedia ? .passive : .active
        }
    }
}

/// What the sections on a transport say of it.
private struct TransportAttributes {
    /// The section that speaks for the transport, and so has the candidates.
    let mid: String
    let credentials: ICECredentials
    let fingerprints: [FingerprintAttribute]
    let setup: SetupRole
    /// What was gathered with these credentials stays part of the description (RFC 9429 §5.2.2).
    let candidates: [String]
    let hasEndOfCandidates: Bool

    /// Also where a section is bundle-only, see ``PeerQuirks``.
    func write(to section: inout MediaDescription) {
        section.iceUfrag = credentials.usernameFragment
        section.icePwd = credentials.password
        section.fingerprints = fingerprints
        section.setup = setup
        section.iceOptions = ["trickle"]
        guard section.mid == mid else { return }
        section.candidates = candidates
        section.hasEndOfCandidates = hasEndOfCandidates
    }
}

extension SDPDocument {
    /// Whether both describe the same, whatever their ICE credentials and candidates.
    fileprivate func hasShape(of other: SDPDocument) -> Bool {
        shape == other.shape && groups == other.groups
    }

    private var shape: [MediaDescription] {
        media.map { section in
            var section = section
            for name in ["ice-ufrag", "ice-pwd", "candidate", "end-of-candidates"] { section.remove(name) }
            return section
        }
    }
}
