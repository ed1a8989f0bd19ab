import ICE
import SDP
import TransportTypes

@testable import JSEP
@testable import WebRTC

// What has to hold once nothing more happens.
extension GlareSimulation {
    /// What does not hold; empty if all is well.
    func violations() -> [String] {
        // The one that is left has nothing to agree on any more; it only must have come to rest.
        guard ends.allSatisfy({ !$0.isClosed }) else { return [] }
        var found = ends.indices.flatMap(atRest) + faults
        guard found.isEmpty else { return found }
        for end in ends.indices {
            found += agreement(of: end)
        }
        return found + media() + data()
    }

    private func atRest(_ index: Int) -> [String] {
        let end = ends[index]
        var found: [String] = []
        let negotiation = end.negotiation
        if negotiation.signalingState != .stable {
            found.append("\(end.name) is \(negotiation.signalingState.rawValue), not stable")
        }
        if negotiation.isNegotiationNeeded { found.append("\(end.name) needs an offer that never came") }
        if end.core.needsRepair { found.append("\(end.name) knows that the ends differ") }
        if end.core.hasGivenUp { found.append("\(end.name) has given up") }
        for problem in end.problems where !problem.isHarmless(mayRefuse: mayRefuse) {
            found.append("\(end.name): \(problem)")
        }
        return found
    }

    /// What one end says of itself is what the other knows of it.
    private func agreement(of index: Int) -> [String] {
        let (own, other) = (ends[index], ends[1 - index])
        guard let said = own.negotiation.currentLocal else {
            return other.negotiation.currentRemote == nil
                ? [] : ["\(own.name) knows of no agreement, \(other.name) does"]
        }
        guard let known = other.negotiation.currentRemote else { return ["\(other.name) knows nothing of \(own.name)"] }
        guard said.type == known.type else {
            return [
                "\(own.name) is at its \(said.type.rawValue), \(other.name) at \(own.name)'s \(known.type.rawValue)"
            ]
        }
        let (ours, theirs) = (Self.outline(said.document), Self.outline(known.document))
        if ours != theirs { return ["\(own.name) says \(ours), \(other.name) knows \(theirs)"] }
        guard let back = own.negotiation.currentRemote?.document else { return ["\(own.name) has no answer"] }
        var found: [String] = []
        for (left, right) in zip(said.document.media, back.media) where left.mid != right.mid || left.kind != right.kind
        {
            found.append("section '\(left.mid ?? "")' is '\(right.mid ?? "")' at the other end")
        }
        if said.document.media.count != back.media.count { found.append("the ends have different numbers of sections") }
        if link.kind != .leaky { found += candidates(said, known, own.name) + gathered(said, own) }
        return found
    }

    /// The sections in their order, and of each what both ends have to know.
    private static func outline(_ document: SDPDocument) -> [String] {
        document.media.map { media in
            let refused = media.isRejected ? " refused" : ""
            let fragment = document.iceCredentials(of: media)?.ufrag ?? "-"
            return
                "\(media.mid ?? "?") \(media.kind.rawValue) \(document.direction(of: media).rawValue) \(fragment)"
                + refused
        }
    }

    /// Sections share one transport, and which of them names its candidates changes with what is refused.
    private func candidates(_ said: AppliedDescription, _ known: AppliedDescription, _ name: String) -> [String] {
        // Their end is told for the section that spoke for the transport when they were found. Where that has been stopped
        // since, it tells nobody anything (Docs/Negotiation.md, known limits).
        func all(_ description: AppliedDescription) -> Set<String> {
            Set(
                description.document.media.flatMap {
                    $0.candidates + ($0.hasEndOfCandidates && !hasMedia ? ["end"] : [])
                })
        }
        let (said, known) = (all(said), all(known))
        // An offer that was taken back and is set again has a transport, and sockets, anew; the peer may know both.
        let stale = known.subtracting(said).filter { line in
            line != "end" && (try? ICECandidate(parsing: line)).map { !world.network.isOpen($0.port) } ?? false
        }
        return said == known.subtracting(stale) ? [] : ["of \(name)'s candidates \(said) the other end knows \(known)"]
    }

    /// What its paths have gathered is what an end has said, and so what the other one knows.
    private func gathered(_ said: AppliedDescription, _ end: GlareEnd) -> [String] {
        let lines = Set(said.document.media.flatMap(\.candidates))
        let missing = end.perform { connection in
            connection.transports.compactMap(\.path).flatMap(\.localCandidates).map(Negotiation.line)
        }.filter { !lines.contains($0) }
        return missing.isEmpty ? [] : ["\(end.name) has gathered \(missing), and says \(lines)"]
    }

    /// Each section has a transceiver at either end, and they mirror each other.
    private func media() -> [String] {
        let known = ends.map { end in
            // One that was stopped before it had a section is the end's own affair.
            let shared = end.negotiation.transceivers.filter { $0.mid != nil || !$0.isStopping }
            return Dictionary(shared.map { ($0.mid ?? "", $0) }) { first, _ in first }
        }
        let mids = Set(known[0].keys).union(known[1].keys)
        return mids.compactMap { mid in
            guard let a = known[0][mid], let b = known[1][mid] else { return "only one end has a transceiver '\(mid)'" }
            if a.kind != b.kind { return "'\(mid)' is \(a.kind) and \(b.kind)" }
            guard a.negotiated.currentDirection == b.negotiated.currentDirection?.reversed else {
                return "'\(mid)' is \(a.negotiated.currentDirection as Any) and \(b.negotiated.currentDirection as Any)"
            }
            return nil
        }
    }

    /// The data channels are negotiated at both ends, on transports that fit.
    private func data() -> [String] {
        let (a, b) = (ends[0].negotiation, ends[1].negotiation)
        guard a.currentLocal != nil else {
            return ends.contains { $0.channels > 0 } ? ["the channels were never negotiated"] : []
        }
        for end in ends where end.channels > 0 {
            let hasData = end.negotiation.localData != nil && end.negotiation.remoteData != nil
            if !hasData { return ["\(end.name)'s channels are not negotiated"] }
        }
        var found = transports(a, b)
        if a.isOfferer == b.isOfferer { found.append("both ends control ICE, or none does") }
        return found
    }

    /// The ends have the same sections on each transport, and complete each other on it.
    private func transports(_ a: Negotiation, _ b: Negotiation) -> [String] {
        func known(_ negotiation: Negotiation) -> [String: Int] {
            let ids = negotiation.transportIDs.map { (negotiation.mids(on: $0).joined(separator: " "), $0) }
            return Dictionary(ids) { first, _ in first }
        }
        let (ours, theirs) = (known(a), known(b))
        guard Set(ours.keys) == Set(theirs.keys) else {
            return ["the ends have other transports: \(ours.keys.sorted()) and \(theirs.keys.sorted())"]
        }
        return ours.flatMap { mids, id -> [String] in
            guard let own = a.agreement(on: id), let other = theirs[mids].flatMap({ b.agreement(on: $0) }) else {
                return ["there is no agreement on the transport of \(mids)"]
            }
            var found: [String] = []
            if own.remote.credentials != other.local.credentials || other.remote.credentials != own.local.credentials {
                found.append("the ends have each other's credentials of \(mids) wrong")
            }
            if own.role == other.role { found.append("both are the DTLS \(own.role) of \(mids)") }
            return found
        }
    }
}

extension NegotiationProblem {
    /// A late candidate is nothing, nor is an end that has waited in vain; one whose offer is of no use any more is told.
    func isHarmless(mayRefuse: Bool) -> Bool {
        switch self {
        case .candidateRefused, .unanswered, .offersCollide: true
        case .offerRefused: mayRefuse
        default: false
        }
    }
}
