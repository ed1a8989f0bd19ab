import SDP
import Synchronization

import TransportTypes

@testable import JSEP

/// One end of the simulation: a real `Negotiation`, and in few lines what a connection does around it.
struct SimulatedEnd: NegotiatorEnd {
    let name: String
    var negotiation: Negotiation
    /// What it has to say, and what it met.
    var outgoing: [SignalingPayload] = []
    var problems: [NegotiationProblem] = []
    var actions: [NegotiatorCore.Action] = []
    /// W3C `[[NegotiationNeeded]]`, and an event that is under way because of it.
    private var isNegotiationNeeded = false
    var mustWake = false
    /// The credentials that candidates are gathered for, a transport each, and those for which that is still to begin.
    private(set) var announced: Set<String> = []
    var mustGather: [String] = []
    var channels = 0

    private let table: DocumentTable

    /// The first end of that letter, or the one that takes the place of the one before.
    init(_ letter: String, life: Int = 1, _ table: DocumentTable, _ policy: BundlePolicy = .balanced) {
        name = life == 1 ? letter : "\(letter)\(life)"
        self.table = table
        let (counter, name) = (Counter(), name)
        negotiation = Negotiation(
            parameters: .init(
                fingerprints: Self.fingerprints[(letter == "A" ? 0 : 1) + (life == 1 ? 0 : 2)], maxMessageSize: 262_144,
                sessionID: UInt64(life) * 10 + (letter == "A" ? 1 : 2), bundlePolicy: policy),
            makeCredentials: { counter.next(name) })
    }

    private static let fingerprints = ["AA", "BB", "CC", "DD"].map { byte in
        let digest = Array(repeating: byte, count: 32).joined(separator: ":")
        return [FingerprintAttribute(algorithm: "sha-256", hex: digest)].compactMap { $0 }
    }

    /// Names that a person can follow: A's third credentials are `Auf3`.
    private final class Counter: Sendable {
        private let count = Atomic(0)

        func next(_ name: String) -> ICECredentials {
            let number = count.add(1, ordering: .relaxed).newValue
            let fragment = "\(name)uf\(number)"
            return (try? ICECredentials(usernameFragment: fragment, password: "passwordOf\(fragment)0123456789"))
                ?? .random()
        }
    }

    var view: NegotiatorCore.View {
        NegotiatorCore.View(
            signalingState: negotiation.signalingState, isNegotiationNeeded: negotiation.isNegotiationNeeded,
            offer: negotiation.pendingOfferID)
    }

    mutating func perform(_ action: NegotiatorCore.Action) throws(WebRTCError) {
        actions.append(action)
        switch action {
        case .makeOffer(let isRenewed):
            try change { negotiation throws(WebRTCError) in
                if isRenewed { negotiation.requestRestart() }
                try negotiation.setLocal(isRenewed ? negotiation.createOffer(OfferOptions()) : nil)
            }
        case .answer(let offer):
            try change { [table] negotiation throws(WebRTCError) in try table.set(offer, on: &negotiation) }
            try change { negotiation throws(WebRTCError) in try negotiation.setLocal(nil) }
        case .take(let answer):
            try change { [table] negotiation throws(WebRTCError) in try table.set(answer, on: &negotiation) }
        case .add(let candidate): try negotiation.addRemote(candidate ?? ICECandidateInit())
        case .restoreOffer(let id):
            try change { negotiation throws(WebRTCError) in try negotiation.setLocal(negotiation.lastOffer(named: id)) }
        case .refuse(let offer):
            outgoing.append(.description(SessionDescription(type: .rollback), answers: offer?.description))
        case .rollBack: try change { negotiation throws(WebRTCError) in negotiation.rollBack() }
        case .sendOffer:
            if let offer = negotiation.pendingLocal { outgoing.append(.description(table.describe(offer))) }
        case .sendAnswer(let offer):
            guard let answer = negotiation.currentLocal else { return }
            outgoing.append(.description(table.describe(answer), answers: offer?.description))
        case .sendCandidates: outgoing += negotiation.localCandidates.map { .candidate($0) }
        case .report(let problem): problems.append(problem)
        }
    }

    /// What `PeerConnection` does around each change of its negotiation.
    mutating func change(_ body: (inout Negotiation) throws(WebRTCError) -> Void) throws(WebRTCError) {
        var changed = negotiation
        try body(&changed)
        let wasStable = negotiation.signalingState == .stable
        negotiation = changed
        let isStable = negotiation.signalingState == .stable
        if wasStable != isStable { mustWake = true }
        if isStable, !wasStable { isNegotiationNeeded = false }
        updateNegotiationNeeded()
        let fragments = negotiation.localFragments
        mustGather += fragments.filter { !announced.contains($0) }
        announced = Set(fragments)
    }

    private mutating func updateNegotiationNeeded() {
        guard negotiation.signalingState == .stable else { return }
        let isNeeded = negotiation.isNegotiationNeeded
        if isNeeded, !isNegotiationNeeded { mustWake = true }
        isNegotiationNeeded = isNeeded
    }
}
