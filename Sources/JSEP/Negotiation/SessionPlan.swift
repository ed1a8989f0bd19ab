internal import SDP
package import TransportTypes

/// What the descriptions that are set ask of a connection, as a value: setting one returns it, and
/// the connection makes itself what it says.
///
/// It says what there has to be, and not how to get there; so the same plan may be applied twice.
/// Only ``events`` tell of one step, and are delivered once.
package struct SessionPlan: Sendable {
    /// A transport that there has to be.
    package struct Transport: Sendable {
        /// A number that no other transport of the connection ever has.
        package let id: Int
        /// The tags of the sections on it, as the newest descriptions have it.
        package let mids: [String]
        /// The local side's ICE credentials of the newest description, which candidates are
        /// gathered for.
        package let local: ICECredentials
        /// Both sides, once they have agreed on it: in the middle of an exchange those of the one
        /// before.
        package let agreement: TransportAgreement?
        /// Our part in the DTLS handshake, once an answer says so.
        package let role: DTLSRole?
    }

    /// The data channels (RFC 8841).
    package struct Data: Sendable {
        /// The tag of their section, once one is part of a description.
        package let mid: String?
        /// The transport that carries them, if the newest descriptions have one.
        package let transport: Int?
        /// Whether their section speaks for the transport that was last agreed on (RFC 9143 §7).
        package let speaksForTransport: Bool
        /// Whether they are in an offer of the peer's that is not answered yet.
        package let isOffered: Bool
        /// Whether the application has asked for them.
        package let isWanted: Bool
        /// Both sides, once they have agreed.
        package let agreement: (local: DataDescription, remote: DataDescription)?
    }

    package let signalingState: SignalingState
    /// In the order of their making: those in use, and those that a description under way asks for.
    package var transports: [Transport]
    package let data: Data
    /// Those that are not over, in the order of their making.
    package let transceivers: [TransceiverState]
    /// By a section's tag: its transport, as the newest descriptions have it.
    fileprivate let sections: [String: Int]
    /// Both sides' descriptions, once they have agreed, also with a provisional answer.
    fileprivate let agreed: (local: AppliedDescription?, remote: AppliedDescription?)
    /// The canonical name of our sources.
    fileprivate let cname: String
    /// The part in ICE that a new session gives us: whoever offers controls (RFC 8445 §6.1.1).
    package let initialRole: ICERole
    /// How the peer differs from what the RFCs say.
    package let quirks: PeerQuirks
    /// What this step has done, in the order in which the application is to hear of it.
    package fileprivate(set) var events: [NegotiationEvent] = []

    /// The part in ICE that a restart gives us; nil for the one that we have.
    package var restartRole: ICERole? { quirks.decidesRoleWithRestart ? initialRole : nil }

    /// The transport with this number.
    package func transport(_ id: Int) -> Transport? { transports.first { $0.id == id } }

    /// The transport of a section.
    package func transportID(ofMid mid: String) -> Int? { sections[mid] }

    /// By the section's tag: what both sides have agreed on for each section that carries media.
    /// Read from the descriptions with each call.
    package var media: [String: MediaPlan] {
        guard let local = agreed.local, let remote = agreed.remote else { return [:] }
        let plans = transceivers.compactMap { transceiver in
            transceiver.mid.flatMap(transportID(ofMid:)).flatMap {
                MediaPlan(
                    of: transceiver, on: $0, local, remote, encodings: encodings(of: transceiver), cname: cname)
            }
        }
        return Dictionary(plans.map { ($0.mid, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// What an offer of the peer's asks for is not agreed on before its answer.
    private func encodings(of transceiver: TransceiverState) -> [SendEncoding] {
        signalingState == .haveRemoteOffer ? transceiver.stable.encodings : transceiver.encodings
    }
}

/// What both sides have agreed on about a transport.
package struct TransportAgreement: Sendable {
    package let local: TransportDescription
    package let remote: TransportDescription
    /// Our part in the DTLS handshake (RFC 8842 §5).
    package let role: DTLSRole
}

// How a plan comes about.
extension Negotiation {
    /// The plan of the descriptions that are set, without events.
    package var plan: SessionPlan {
        SessionPlan(
            signalingState: signalingState, transports: plannedTransports, data: plannedData,
            transceivers: transceivers, sections: plannedSections, agreed: agreed, cname: parameters.cname,
            initialRole: isOfferer ? .controlling : .controlled, quirks: quirks)
    }

    private var plannedSections: [String: Int] {
        let tables = [currentTransports, offeredTransports, answeredTransports].compactMap { $0 }
        let mids = tables.flatMap(\.entries).flatMap(\.mids)
        return Dictionary(
            mids.compactMap { mid in transportID(ofMid: mid).map { (mid, $0) } },
            uniquingKeysWith: { first, _ in first })
    }

    /// The plan, with what has happened since one was last taken.
    package mutating func takePlan() -> SessionPlan {
        var plan = plan
        plan.events = events
        events = []
        return plan
    }

    /// The transports that there have to be; candidates change nothing else of the plan.
    package var plannedTransports: [SessionPlan.Transport] { transportIDs.compactMap(plannedTransport) }

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
