internal import DTLS
internal import ICE
internal import SDP

/// The offer/answer exchange of a connection: JSEP (RFC 9429) as a value without any I/O.
///
/// The connection asks it for descriptions, sets them on it, and then makes the transport what the descriptions say.
/// Media sections other than data channels are refused with port 0.
struct Negotiation: Sendable {
    /// What this side brings along.
    struct Parameters: Sendable {
        var fingerprints: [FingerprintAttribute]
        var maxMessageSize: UInt64
        var sessionID: UInt64
        var sctpPort: UInt16 = 5000
    }

    private(set) var signalingState = SignalingState.stable
    private(set) var currentLocal: AppliedDescription?
    private(set) var pendingLocal: AppliedDescription?
    private(set) var currentRemote: AppliedDescription?
    private(set) var pendingRemote: AppliedDescription?
    /// The data section's identification tag, once one is part of a description.
    private(set) var dataMid: String?
    /// True once the application has made a channel.
    var wantsData = false
    /// True from `restartICE()` until a round with new credentials is done.
    var wantsRestart = false

    private let parameters: Parameters
    private let makeCredentials: @Sendable () -> ICECredentials
    private var lastOffer: SDPDocument?
    private var lastAnswer: SDPDocument?
    private var sessionVersion: UInt64 = 0
    /// `dataMid` as it was in the last stable state, for rollback.
    private var stableDataMid: String?

    init(parameters: Parameters, makeCredentials: @escaping @Sendable () -> ICECredentials) {
        self.parameters = parameters
        self.makeCredentials = makeCredentials
    }

    var local: AppliedDescription? { pendingLocal ?? currentLocal }
    var remote: AppliedDescription? { pendingRemote ?? currentRemote }

    /// W3C §4.7.3: whether the descriptions fall short of what the application wants.
    var isNegotiationNeeded: Bool {
        if wantsRestart, dataMid != nil { return true }
        guard wantsData else { return false }
        guard let dataMid, let currentLocal, let index = currentLocal.index(ofMid: dataMid) else { return true }
        return currentLocal.document.media[index].isRejected
    }

    /// Adds a local candidate (nil: their end) to the descriptions that its credentials belong to.
    mutating func addLocal(candidate line: String?, ufrag: String) {
        guard let dataMid else { return }
        for path in [\Negotiation.currentLocal, \.pendingLocal] as [WritableKeyPath<Negotiation, AppliedDescription?>] {
            guard let index = self[keyPath: path]?.index(ofMid: dataMid),
                self[keyPath: path]?.ufrag(ofMid: dataMid) == ufrag
            else { continue }
            self[keyPath: path]?.add(candidate: line, at: index)
        }
    }

    mutating func replaceRemote(_ description: AppliedDescription) {
        if pendingRemote != nil { pendingRemote = description } else { currentRemote = description }
    }

    mutating func close() {
        signalingState = .closed
    }
}

// Making descriptions.
extension Negotiation {
    /// RFC 9429 §5.2.
    mutating func createOffer(_ options: OfferOptions) throws(WebRTCError) -> SessionDescription {
        guard signalingState == .stable || signalingState == .haveLocalOffer else {
            throw wrongState("createOffer", "an offer is made in stable or have-local-offer")
        }
        var sections = (local ?? currentLocal)?.document.media.map(\.rejected) ?? []
        let known = dataMid.flatMap { mid in sections.firstIndex { $0.mid == mid } }
        if wantsData || known != nil {
            let restarts = options.iceRestart || wantsRestart
            let credentials = (restarts ? nil : localCredentials) ?? makeCredentials()
            let mid = dataMid ?? Self.freeMid(besides: sections)
            let section = dataSection(mid: mid, credentials: credentials, setup: .actpass)
            if let known { sections[known] = section } else { sections.append(section) }
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
        for (index, media) in offer.document.media.enumerated() where media.mid == dataMid && dataMid != nil {
            guard media.isDataChannels, !media.isRejected else { continue }
            let theirs = try TransportDescription(of: offer.document, at: index, mid: media.mid ?? "")
            let isRestart = currentRemote?.ufrag(ofMid: theirs.mid) != theirs.credentials.usernameFragment
            let credentials = (isRestart ? nil : localCredentials) ?? pendingAnswerCredentials ?? makeCredentials()
            sections[index] = dataSection(
                mid: theirs.mid, credentials: credentials, setup: answerSetup(to: theirs.setup),
                transport: media.transport)
        }
        let document = makeDocument(sections)
        lastAnswer = document
        return SessionDescription(type: .answer, sdp: document.serialized())
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
        guard let dataMid, let local, let index = local.index(ofMid: dataMid) else { return nil }
        return Self.credentials(of: local.document, at: index)
    }

    /// The credentials of a provisional answer, which the final one repeats.
    private var pendingAnswerCredentials: ICECredentials? {
        signalingState == .haveLocalPranswer ? localCredentials : nil
    }

    private static func credentials(of document: SDPDocument, at index: Int) -> ICECredentials? {
        guard let found = document.iceCredentials(of: document.media[index]) else { return nil }
        return try? ICECredentials(usernameFragment: found.ufrag, password: found.pwd)
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

    func wrongState(_ operation: String, _ hint: String) -> WebRTCError {
        signalingState == .closed
            ? .closed(operation)
            : WebRTCError(.invalidState, "\(operation): the signaling state is \(signalingState.rawValue); \(hint)")
    }
}

// Setting descriptions.
extension Negotiation {
    /// RFC 9429 §5.9, W3C §4.4.1.5. `nil` sets what fits the state: a new offer, or the answer to the remote one.
    mutating func setLocal(_ description: SessionDescription?) throws(WebRTCError) {
        let kind = description?.type ?? implicitLocalKind
        guard let next = signalingState.after(kind, on: .local) else {
            throw wrongState("setLocalDescription", "a local \(kind.rawValue) cannot be set now")
        }
        if kind == .rollback { return rollback() }
        let given = description?.sdp ?? ""
        let document = try localDocument(kind, given: given)
        if kind == .offer {
            pendingLocal = AppliedDescription(type: kind, document: document)
            if dataMid == nil { dataMid = document.media.first { $0.isDataChannels && !$0.isRejected }?.mid }
        } else {
            applyAnswer(AppliedDescription(type: kind, document: document), on: .local)
        }
        move(to: next)
    }

    /// RFC 9429 §5.10. A remote offer that meets a local one rolls the local one back first.
    mutating func setRemote(_ description: SessionDescription) throws(WebRTCError) {
        let kind = description.type
        guard let next = signalingState.after(kind, on: .remote) else {
            throw wrongState("setRemoteDescription", "a remote \(kind.rawValue) cannot be set now")
        }
        if kind == .rollback { return rollback() }
        var document: SDPDocument
        do throws(SDPError) {
            document = try SDPDocument(parsing: description.sdp)
        } catch {
            throw WebRTCError(.sdpSyntax, "setRemoteDescription: \(error)")
        }
        Self.fillInMids(&document, from: kind == .offer ? currentRemote?.document : pendingLocal?.document)
        if kind == .offer {
            let mid = try acceptableDataMid(in: document)
            if signalingState == .haveLocalOffer { rollback() }
            pendingRemote = AppliedDescription(type: kind, document: document)
            dataMid = stableDataMid ?? mid
        } else {
            try checkAnswer(document)
            applyAnswer(AppliedDescription(type: kind, document: document), on: .remote)
        }
        move(to: next)
    }

    private var implicitLocalKind: SessionDescription.Kind {
        switch signalingState {
        case .stable, .haveLocalOffer, .haveRemotePranswer, .closed: .offer
        case .haveRemoteOffer, .haveLocalPranswer: .answer
        }
    }

    /// The document that was created for this, which the given text must equal unless it is empty.
    private mutating func localDocument(
        _ kind: SessionDescription.Kind, given: String
    ) throws(WebRTCError) -> SDPDocument {
        if given.isEmpty, kind == .offer, lastOffer == nil || signalingState == .stable && !isLastOfferCurrent {
            _ = try createOffer(OfferOptions())
        } else if given.isEmpty, kind != .offer, lastAnswer == nil {
            _ = try createAnswer()
        }
        guard let created = kind == .offer ? lastOffer : lastAnswer else {
            throw WebRTCError(
                .invalidModification, "setLocalDescription: nothing was created; call createOffer() or createAnswer()")
        }
        guard given.isEmpty || given == created.serialized() else {
            throw WebRTCError(
                .invalidModification,
                "setLocalDescription: the text is not the one that this connection created last; set it unchanged")
        }
        return created
    }

    /// Whether the last offer still says what the application wants: a channel made since then needs a new one.
    private var isLastOfferCurrent: Bool {
        guard let lastOffer else { return false }
        let offersData = lastOffer.media.contains { $0.isDataChannels && !$0.isRejected }
        return (offersData || !wantsData) && !wantsRestart && lastOffer.origin.sessionVersion + 1 == sessionVersion
            && lastOffer.media.count >= (currentLocal?.document.media.count ?? 0)
    }

    private mutating func applyAnswer(_ answer: AppliedDescription, on side: SignalingState.Side) {
        if side == .local { pendingLocal = answer } else { pendingRemote = answer }
        guard answer.type == .answer else { return }
        currentLocal = pendingLocal
        currentRemote = pendingRemote
        pendingLocal = nil
        pendingRemote = nil
        lastOffer = nil
        lastAnswer = nil
        if let mid = dataMid, let index = answer.index(ofMid: mid), answer.document.media[index].isRejected {
            dataMid = nil
        }
        stableDataMid = dataMid
    }

    /// RFC 9429 §4.1.10.2: what the pending descriptions changed is undone.
    private mutating func rollback() {
        pendingLocal = nil
        pendingRemote = nil
        lastAnswer = nil
        dataMid = stableDataMid
        signalingState = .stable
    }

    private mutating func move(to next: SignalingState) {
        signalingState = next
        if next == .haveRemoteOffer { lastAnswer = nil }
    }
}
