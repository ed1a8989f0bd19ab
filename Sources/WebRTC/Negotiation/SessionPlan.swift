internal import DTLS
internal import ICE
internal import SDP

/// What the descriptions that are set ask of a connection, as a value: setting one returns it, and the connection makes
/// itself what it says.
///
/// It says what there has to be, and not how to get there; so the same plan may be applied twice. Only ``events`` tell of
/// one step, and are delivered once.
struct SessionPlan: Sendable {
    /// A transport that there has to be.
    struct Transport: Sendable {
        /// A number that no other transport of the connection ever has.
        let id: Int
        /// The tags of the sections on it, as the newest descriptions have it.
        let mids: [String]
        /// The local side's ICE credentials of the newest description, which candidates are gathered for.
        let local: ICECredentials
        /// Both sides, once they have agreed on it: in the middle of an exchange those of the one before.
        let agreement: TransportAgreement?
        /// Our part in the DTLS handshake, once an answer says so.
        let role: DTLSRole?
    }

    /// The data channels (RFC 8841).
    struct Data: Sendable {
        /// The tag of their section, once one is part of a description.
        let mid: String?
        /// The transport that carries them, if the newest descriptions have one.
        let transport: Int?
        /// Whether their section speaks for the transport that was last agreed on (RFC 9143 §7).
        let speaksForTransport: Bool
        /// Whether they are in an offer of the peer's that is not answered yet.
        let isOffered: Bool
        /// Whether the application has asked for them.
        let isWanted: Bool
        /// Both sides, once they have agreed.
        let agreement: (local: DataDescription, remote: DataDescription)?
    }

    let signalingState: SignalingState
    /// In the order of their making: those in use, and those that a description under way asks for.
    var transports: [Transport]
    let data: Data
    /// By the section's tag: what was agreed on for each section that carries media.
    let media: [String: MediaPlan]
    /// Those that are not over, in the order of their making.
    let transceivers: [TransceiverState]
    /// The part in ICE that a new session gives us: whoever offers controls (RFC 8445 §6.1.1).
    let initialRole: ICERole
    /// How the peer differs from what the RFCs say.
    let quirks: PeerQuirks
    /// What this step has done, in the order in which the application is to hear of it.
    fileprivate(set) var events: [NegotiationEvent] = []

    /// The part in ICE that a restart gives us; nil for the one that we have.
    var restartRole: ICERole? { quirks.decidesRoleWithRestart ? initialRole : nil }

    /// The transport with this number.
    func transport(_ id: Int) -> Transport? { transports.first { $0.id == id } }

    /// The transport of a section.
    func transportID(ofMid mid: String) -> Int? { transports.first { $0.mids.contains(mid) }?.id }
}

/// What both sides have agreed on about a transport.
struct TransportAgreement: Sendable {
    let local: TransportDescription
    let remote: TransportDescription
    /// Our part in the DTLS handshake (RFC 8842 §5).
    let role: DTLSRole
}

// How a plan comes about.
extension Negotiation {
    /// The plan of the descriptions that are set, without events.
    var plan: SessionPlan {
        SessionPlan(
            signalingState: signalingState, transports: plannedTransports, data: plannedData,
            media: plannedMedia, transceivers: transceivers, initialRole: isOfferer ? .controlling : .controlled,
            quirks: quirks)
    }

    /// The plan, with what has happened since one was last taken.
    mutating func takePlan() -> SessionPlan {
        var plan = plan
        plan.events = events
        events = []
        return plan
    }

    /// The transports that there have to be; candidates change nothing else of the plan.
    var plannedTransports: [SessionPlan.Transport] { transportIDs.compactMap(plannedTransport) }

    private func plannedTransport(_ id: Int) -> SessionPlan.Transport? {
        guard let local = localCredentials(of: id) else { return nil }
        return SessionPlan.Transport(
            id: id, mids: mids(on: id), local: local, agreement: agreement(on: id), role: dtlsRole(on: id))
    }

    private var plannedData: SessionPlan.Data {
        let transport = dataTransportID
        let agreement = agreedLocalData.flatMap { local in remoteData.map { (local, $0) } }
        return SessionPlan.Data(
            mid: dataMid, transport: transport,
            speaksForTransport: transport.flatMap { currentTransports[$0]?.tag } == dataMid, isOffered: isDataOffered,
            isWanted: wantsData, agreement: agreement)
    }
}
