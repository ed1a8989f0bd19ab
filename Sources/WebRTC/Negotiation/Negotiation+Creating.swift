internal import DTLS
internal import ICE
internal import SDP

// Making descriptions.
extension Negotiation {
    /// RFC 9429 §5.2: the text of ``makeOffer(_:)``.
    mutating func createOffer(_ options: OfferOptions) throws(WebRTCError) -> SessionDescription {
        SessionDescription(type: .offer, sdp: try makeOffer(options).serialized())
    }

    /// RFC 9429 §5.3: the text of ``makeAnswer()``.
    mutating func createAnswer() throws(WebRTCError) -> SessionDescription {
        SessionDescription(type: .answer, sdp: try makeAnswer().serialized())
    }

    /// Makes an offer, which is then the last that was created.
    @discardableResult
    mutating func makeOffer(_ options: OfferOptions = OfferOptions()) throws(WebRTCError) -> SDPDocument {
        guard signalingState == .stable || signalingState == .haveLocalOffer else {
            throw wrongState("createOffer", "an offer is made in stable or have-local-offer")
        }
        let plan = OfferPlan(self)
        let kept = options.iceRestart ? nil : localCredentials
        let credentials =
            if let kept, !mustReplace(kept.usernameFragment) { kept } else { makeCredentials() }
        var numbers = SessionNumbers([currentRemote, currentLocal, pendingLocal].compactMap { $0?.document })
        let tag = tag(of: plan)
        let sections = plan.places.indices.map { index in
            var section = section(at: index, of: plan, &numbers)
            guard !section.isRejected else { return section }
            if isBundleOnly(index, of: plan, tag: tag) {
                section.port = 0
                section.isBundleOnly = true
            }
            setTransport(&section, credentials, setup: .actpass, isTag: section.mid == tag)
            return section
        }
        let bundled = sections.filter { !$0.isRejected }.compactMap(\.mid)
        // The section whose transport is in use stays the first of the group (RFC 9143 §7.4).
        let document = makeDocument(sections, bundled: bundled.filter { $0 == tag } + bundled.filter { $0 != tag })
        lastOffer = Created(document: document, transceivers: plan.transceivers)
        return document
    }

    /// Makes an answer, which is then the last that was created.
    @discardableResult
    mutating func makeAnswer() throws(WebRTCError) -> SDPDocument {
        guard signalingState == .haveRemoteOffer || signalingState == .haveLocalPranswer, let offer = pendingRemote
        else {
            throw wrongState("createAnswer", "an answer needs a remote offer; call setRemoteDescription(_:) first")
        }
        var sections = offer.document.media.map(\.rejected)
        var bundled: [String] = []
        let accepted = acceptedIndices(in: offer)
        if let first = accepted.first, let tag = offer.document.media[first].mid {
            let theirs = try TransportDescription(of: offer, at: first, mid: tag)
            // A provisional answer's credentials stay; so do those in force, unless the offer restarts ICE.
            let isKept = signalingState == .haveLocalPranswer || !isRestart(theirs)
            let credentials = (isKept ? localCredentials : nil) ?? makeCredentials()
            for index in accepted {
                sections[index] = answerSection(to: offer.document.media[index], in: offer.document)
                setTransport(&sections[index], credentials, setup: answerSetup(to: theirs.setup), isTag: index == first)
            }
            bundled = accepted.compactMap { offer.document.media[$0].mid }
        }
        let document = makeDocument(sections, bundled: bundled)
        lastAnswer = Created(document: document)
        return document
    }

    /// Whether the last offer still says what the application wants (W3C §4.4.1.5): a channel or a transceiver made since
    /// then, or a wish for new credentials, needs another.
    var isLastOfferCurrent: Bool {
        guard let lastOffer else { return false }
        let fragment = AppliedDescription(type: .offer, document: lastOffer.document).transportFragment
        var another = self
        guard fragment.map(mustReplace) != true, let made = try? another.makeOffer() else { return false }
        return made.hasShape(of: lastOffer.document)
    }

    /// The same for the last answer.
    var isLastAnswerCurrent: Bool {
        guard let lastAnswer else { return false }
        var another = self
        guard let made = try? another.makeAnswer() else { return false }
        return made.hasShape(of: lastAnswer.document)
    }

    /// The sections of an offer that the answer takes, the one whose transport all share first.
    private func acceptedIndices(in offer: AppliedDescription) -> [Int] {
        let able = offer.document.media.indices.filter { canAccept(offer.document.media[$0]) }
        let bundle = offer.bundledIndices.filter(Set(able).contains)
        if !bundle.isEmpty { return bundle }
        // There is one transport: the section that has it keeps it.
        let kept = currentMid.flatMap(offer.index(ofMid:)).flatMap { able.contains($0) ? $0 : nil } ?? able.first
        return kept.map { [$0] } ?? []
    }

    private func canAccept(_ media: MediaDescription) -> Bool {
        guard !media.isRejected, let mid = media.mid else { return false }
        if media.isDataChannels { return mid == dataMid }
        // There is one port for RTP and RTCP (RFC 9429 §5.3.1).
        guard media.isRTCPMultiplexed || media.isRTCPMultiplexedOnly else { return false }
        guard let transceiver = transceivers.first(where: { $0.mid == mid }), !transceiver.isStopping else {
            return false
        }
        return !transceiver.answerFormats(to: media).isEmpty
    }

    /// The transport's attributes, in each section. RFC 9143 §7.1.1 wants none where a section is bundle-only, but Chromium
    /// then answers without a fingerprint there, and never connects.
    private func setTransport(
        _ section: inout MediaDescription, _ credentials: ICECredentials, setup: SetupRole, isTag: Bool
    ) {
        section.iceUfrag = credentials.usernameFragment
        section.icePwd = credentials.password
        section.fingerprints = parameters.fingerprints
        section.setup = setup
        section.iceOptions = ["trickle"]
        // What was gathered with these credentials stays part of the description (RFC 9429 §5.2.2).
        guard isTag || couldStandAlone(section), localCredentials == credentials, let before = localTransport else {
            return
        }
        section.candidates = before.candidates
        section.hasEndOfCandidates = before.hasEndOfCandidates
    }

    /// The tag of the section whose transport is offered for all.
    private func tag(of plan: OfferPlan) -> String? {
        let open = plan.mids
        return open.first { $0 == currentMid && currentMid != nil } ?? open.first
    }

    /// Which of the sections that are new can only be taken bundled (RFC 9429 §4.1.1).
    private func isBundleOnly(_ index: Int, of plan: OfferPlan, tag: String?) -> Bool {
        guard let mid = plan.mid(at: index), mid != tag, currentLocal?.index(ofMid: mid) == nil else { return false }
        switch parameters.bundlePolicy {
        case .maxCompat: return false
        case .maxBundle: return true
        case .balanced: return plan.places[..<index].contains { $0.kind == plan.places[index].kind }
        }
    }

    private mutating func makeDocument(_ sections: [MediaDescription], bundled: [String]) -> SDPDocument {
        var document = SDPDocument(
            origin: Origin(sessionID: parameters.sessionID, sessionVersion: sessionVersion), media: sections)
        sessionVersion += 1
        if !bundled.isEmpty { document.groups = [GroupAttribute(semantics: "BUNDLE", mids: bundled)] }
        return document
    }

    /// The peer's offer has other credentials than before, or there was no before (RFC 9429 §5.3.1).
    private func isRestart(_ theirs: TransportDescription) -> Bool {
        identity(of: currentRemote, mid: currentMid)?.credentials != theirs.credentials
    }

    /// RFC 8842 §5.3: the answerer takes the client's part unless the offer or an association in place says otherwise.
    private func answerSetup(to offered: SetupRole) -> SetupRole {
        switch offered {
        case .active: .passive
        case .passive: .active
        case .actpass, .holdconn: dtlsRole == .server ? .passive : .active
        }
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
