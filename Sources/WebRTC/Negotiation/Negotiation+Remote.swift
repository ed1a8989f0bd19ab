internal import DTLS
internal import ICE
internal import SDP

// Reading the remote side's descriptions, and what both sides agreed on.
extension Negotiation {
    /// Our part in the DTLS handshake, once an answer (also a provisional one) says so (RFC 8842 §5).
    var dtlsRole: DTLSRole? {
        guard let dataMid, let (answer, isLocal) = answerInForce, let index = answer.index(ofMid: dataMid) else {
            return nil
        }
        switch answer.document.setup(of: answer.document.media[index]) {
        case .active: return isLocal ? .client : .server
        case .passive: return isLocal ? .server : .client
        // An answer without the attribute, or with one that answers may not have, leaves the client's part to the answerer.
        case .actpass, .holdconn, nil: return isLocal ? .client : .server
        }
    }

    /// The local side of the data transport, as the descriptions in force have it.
    var localTransport: TransportDescription? {
        transport(of: local)
    }

    /// The remote side of the data transport, once both sides have agreed on it.
    var remoteTransport: TransportDescription? {
        switch signalingState {
        case .haveLocalOffer, .haveRemoteOffer, .closed: transport(of: currentRemote)
        case .stable, .haveLocalPranswer, .haveRemotePranswer: transport(of: remote)
        }
    }

    /// Whether the pending or, without one, the current offer is ours: the offerer controls ICE (RFC 8445 §6.1.1).
    var isOfferer: Bool {
        local?.type == .offer
    }

    /// W3C `canTrickleIceCandidates`.
    var canTrickle: Bool? {
        guard let remote else { return nil }
        return remote.document.iceOptions.contains("trickle")
            || remote.document.media.contains { $0.iceOptions.contains("trickle") }
    }

    /// Checks a trickled candidate's address in the remote description, adds its line, and returns the credentials' ufrag
    /// that it belongs to. `nil` for a candidate of a section that is refused.
    mutating func addRemote(_ candidate: ICECandidateInit, line: String?) throws(WebRTCError) {
        guard var target = remote else {
            throw WebRTCError(
                .invalidState,
                "addICECandidate: there is no remote description yet; set it first, or queue the candidate")
        }
        var indices = Array(target.document.media.indices)
        if let mid = candidate.sdpMid {
            guard let index = target.index(ofMid: mid) else {
                throw WebRTCError(
                    .operation, "addICECandidate: the remote description has no section with mid '\(mid)'")
            }
            indices = [index]
        } else if let index = candidate.sdpMLineIndex.map(Int.init) {
            guard target.document.media.indices.contains(index) else {
                throw WebRTCError(
                    .operation,
                    "addICECandidate: sdpMLineIndex is \(index), but there are \(target.document.media.count) sections"
                )
            }
            indices = [index]
        } else if line != nil {
            throw WebRTCError(
                .type, "addICECandidate: give sdpMid or sdpMLineIndex, so that the candidate has a section")
        }
        if let ufrag = candidate.usernameFragment, !ufrag.isEmpty {
            let matching = indices.filter {
                target.document.iceCredentials(of: target.document.media[$0])?.ufrag == ufrag
            }
            guard !matching.isEmpty else {
                throw WebRTCError(
                    .operation,
                    "addICECandidate: no such section has the username fragment '\(ufrag)'; the candidate is stale")
            }
            indices = matching
        }
        for index in indices { target.add(candidate: line, at: index) }
        replaceRemote(target)
    }

    /// The mid of the data section that an offer brings, if we can take it.
    func acceptableDataMid(in offer: SDPDocument) throws(WebRTCError) -> String? {
        if let current = currentRemote, offer.media.count < current.document.media.count {
            throw WebRTCError(
                .invalidAccess,
                "setRemoteDescription: the offer has \(offer.media.count) media sections, fewer than the session's "
                    + "\(current.document.media.count); a section is stopped with port 0, never removed"
            )
        }
        var mids: Set<String> = []
        for media in offer.media {
            guard let mid = media.mid else { continue }
            guard mids.insert(mid).inserted else {
                throw WebRTCError(.invalidAccess, "setRemoteDescription: two sections have the mid '\(mid)'")
            }
        }
        for (index, media) in offer.media.enumerated() where media.isDataChannels && !media.isRejected {
            guard let mid = media.mid else { continue }
            let theirs = try TransportDescription(of: offer, at: index, mid: mid)
            try checkFingerprintChange(theirs)
            return mid
        }
        return nil
    }

    /// An answer has the offer's sections, in its order (RFC 3264 §6).
    func checkAnswer(_ answer: SDPDocument) throws(WebRTCError) {
        guard let offer = pendingLocal?.document else { return }
        guard answer.media.count == offer.media.count else {
            throw WebRTCError(
                .invalidAccess,
                "setRemoteDescription: the answer has \(answer.media.count) sections, the offer \(offer.media.count)"
            )
        }
        for (index, media) in answer.media.enumerated() {
            guard media.kind == offer.media[index].kind, media.mid == offer.media[index].mid else {
                throw WebRTCError(
                    .invalidAccess,
                    "setRemoteDescription: section \(index) of the answer (m=\(media.kind.rawValue), "
                        + "mid '\(media.mid ?? "")') is not that of the offer"
                )
            }
            guard media.mid == dataMid, !media.isRejected else { continue }
            try checkFingerprintChange(try TransportDescription(of: answer, at: index, mid: media.mid ?? ""))
        }
    }

    /// Without a=mid a section keeps the tag it had, or gets a free one (RFC 9429 §5.10).
    static func fillInMids(_ document: inout SDPDocument, from previous: SDPDocument?) {
        var taken = Set(document.media.compactMap(\.mid))
        for index in document.media.indices where document.media[index].mid == nil {
            let known = previous.flatMap { $0.media.indices.contains(index) ? $0.media[index].mid : nil }
            let mid =
                known ?? (0...document.media.count).lazy.map(String.init).first { !taken.contains($0) } ?? "m\(index)"
            taken.insert(mid)
            document.media[index].mid = mid
        }
    }

    /// Another certificate means another peer, which needs new ICE credentials too.
    private func checkFingerprintChange(_ theirs: TransportDescription) throws(WebRTCError) {
        guard let before = transport(of: currentRemote), before.mid == theirs.mid else { return }
        if before.credentials == theirs.credentials, Set(before.fingerprints) != Set(theirs.fingerprints) {
            throw WebRTCError(
                .invalidAccess,
                "setRemoteDescription: the fingerprint changed but the ICE credentials did not; restart ICE as well")
        }
    }

    private var answerInForce: (AppliedDescription, isLocal: Bool)? {
        for (local, remote) in [(pendingLocal, pendingRemote), (currentLocal, currentRemote)] {
            if let local, local.type != .offer { return (local, true) }
            if let remote, remote.type != .offer { return (remote, false) }
        }
        return nil
    }

    private func transport(of description: AppliedDescription?) -> TransportDescription? {
        guard let dataMid, let description, let index = description.index(ofMid: dataMid),
            !description.document.media[index].isRejected
        else { return nil }
        return try? TransportDescription(of: description.document, at: index, mid: dataMid)
    }
}
