import SDP

@testable import JSEP

/// What a negotiation is, as far as anybody can see it.
struct NegotiationState: Equatable {
    private let signalingState: SignalingState
    private let descriptions: [AppliedDescription?]
    private let transports: [TransportTable?]
    private let mids: [String?]
    private let transceivers: [TransceiverState]
    private let events: [NegotiationEvent]
    private let created: [SDPDocument?]
    private let wishes: [Bool]

    init(_ negotiation: Negotiation) {
        signalingState = negotiation.signalingState
        descriptions = [
            negotiation.currentLocal, negotiation.pendingLocal, negotiation.currentRemote, negotiation.pendingRemote,
        ]
        transports = [
            negotiation.currentTransports, negotiation.offeredTransports, negotiation.answeredTransports,
        ]
        mids = [negotiation.dataMid, negotiation.stableDataMid]
        transceivers = negotiation.transceivers
        events = negotiation.events
        created = [negotiation.lastOffer?.document, negotiation.lastAnswer?.document]
        wishes = [negotiation.wantsData, negotiation.isRestartRequested]
    }

    /// What is different, in a word.
    func difference(from other: Self) -> String {
        if signalingState != other.signalingState { return "the state" }
        if descriptions != other.descriptions { return "a description" }
        if transports != other.transports { return "the transports" }
        if mids != other.mids { return "the tag of the data" }
        if transceivers != other.transceivers { return "the transceivers" }
        if events != other.events { return "the events" }
        if created != other.created { return "what was created" }
        return wishes != other.wishes ? "what is wished" : "nothing"
    }

    /// What holds at any time.
    static func check(_ negotiation: Negotiation) throws(FuzzFinding) {
        let (local, remote) = (negotiation.pendingLocal?.type, negotiation.pendingRemote?.type)
        let isFitting =
            switch negotiation.signalingState {
            case .stable: local == nil && remote == nil
            case .haveLocalOffer: local == .offer && remote == nil
            case .haveRemoteOffer: local == nil && remote == .offer
            case .haveLocalPranswer: local == .pranswer && remote == .offer
            case .haveRemotePranswer: local == .offer && remote == .pranswer
            case .closed: true
            }
        try FuzzFinding.require(isFitting, "\(negotiation.signalingState) with \(local as Any) and \(remote as Any)")
        if let ours = negotiation.currentLocal?.document, let theirs = negotiation.currentRemote?.document {
            try FuzzFinding.require(ours.media.count == theirs.media.count, "an agreement about different sections")
        }
        try FuzzFinding.require(
            (negotiation.currentLocal == nil) == (negotiation.currentRemote == nil), "an agreement of one end")
        for description in [negotiation.currentLocal, negotiation.pendingLocal] {
            if let description { try check(ours: description) }
        }
        try checkTransports(negotiation)
        let mids = negotiation.transceivers.compactMap(\.mid)
        try FuzzFinding.require(Set(mids).count == mids.count, "two transceivers with one tag")
        let ids = negotiation.transceivers.map(\.id)
        try FuzzFinding.require(Set(ids).count == ids.count, "two transceivers with one number")
        try checkEncodings(negotiation)
        _ = (negotiation.isNegotiationNeeded, negotiation.isLastOfferCurrent, negotiation.isLastAnswerCurrent)
        _ = (negotiation.dataTransportID, negotiation.isDataOffered, negotiation.remoteData, negotiation.localData)
        _ = (negotiation.agreedLocalData, negotiation.descriptions.canTrickle, negotiation.plan.restartRole)
    }

    /// Each sender has an encoding, no two of them a source, and what is agreed on can be told.
    private static func checkEncodings(_ negotiation: Negotiation) throws(FuzzFinding) {
        let encodings = negotiation.transceivers.map(\.encodings)
        try FuzzFinding.require(
            encodings.allSatisfy { (1...8).contains($0.count) }, "a sender without encodings, or with too many")
        let sources = encodings.joined().flatMap { [$0.ssrc, $0.repairSSRC] }
        try FuzzFinding.require(Set(sources).count == sources.count, "two encodings with one source")
        for plan in negotiation.plan.media.values {
            try FuzzFinding.require(!plan.encodings.isEmpty, "an agreement about no encoding")
            try FuzzFinding.require(plan.receivedRIDs.count <= 8, "more encodings than anybody can tell apart")
        }
    }

    /// A description of ours reads as it is written, and no two sections have one tag.
    private static func check(ours description: AppliedDescription) throws(FuzzFinding) {
        let again = try? SDPDocument(parsing: description.document.serialized())
        try FuzzFinding.require(again == description.document, "a description of ours reads as something else")
        let mids = description.document.media.map(\.mid)
        try FuzzFinding.require(
            !mids.contains(nil) && Set(mids).count == mids.count, "a description of ours without tags of its sections")
    }

    /// Whatever is agreed has both ends, and each section is on one transport.
    private static func checkTransports(_ negotiation: Negotiation) throws(FuzzFinding) {
        let ids = negotiation.transportIDs
        try FuzzFinding.require(Set(ids).count == ids.count, "a transport twice")
        for id in ids {
            _ = (negotiation.agreement(on: id), negotiation.localTransport(id), negotiation.dtlsRole(on: id))
            _ = (negotiation.localCredentials(of: id), negotiation.remoteCredentials(of: id), negotiation.mids(on: id))
        }
        for entry in negotiation.currentTransports.entries {
            try FuzzFinding.require(
                negotiation.agreement(on: entry.id) != nil, "transport \(entry.id) is agreed on by one end only")
        }
        let mids = negotiation.currentTransports.entries.flatMap(\.mids)
        try FuzzFinding.require(Set(mids).count == mids.count, "a section on two transports")
    }
}
