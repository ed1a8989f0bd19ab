internal import SDP
internal import TransportTypes

// Reading the remote side's descriptions.
extension Negotiation {
    /// The mid of the data section that an offer brings, if we can take it.
    func acceptableDataMid(in description: AppliedDescription) throws(WebRTCError) -> String? {
        let offer = description.document
        try checkMids(offer)
        if let current = currentRemote?.document { try checkOrder(offer, after: current) }
        for index in offer.media.indices { try checkTransport(description, at: index) }
        // Of several the one in use stays, and without one the first is taken.
        let open = offer.media.indices.filter { offer.media[$0].isDataChannels && !offer.media[$0].isRejected }
        let chosen = open.first { offer.media[$0].mid == stableDataMid && stableDataMid != nil } ?? open.first
        return chosen.flatMap { offer.media[$0].mid }
    }

    /// An answer has the offer's sections, in its order (RFC 3264 §6).
    func checkAnswer(_ description: AppliedDescription) throws(WebRTCError) {
        let answer = description.document
        guard let offer = pendingLocal?.document else { return }
        guard answer.media.count == offer.media.count else {
            throw WebRTCError(
                .invalidAccess,
                "setRemoteDescription: the answer has \(answer.sectionCount), the offer \(offer.media.count); it is not "
                    + "the answer to this offer"
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
            guard !media.isRejected else { continue }
            guard !offer.media[index].isRejected else {
                throw WebRTCError(
                    .invalidAccess,
                    "setRemoteDescription: section \(index) is accepted, but the offer has port 0 there (RFC 3264 §6)")
            }
            try checkTransport(description, at: index)
            guard answer.setup(of: media) != .actpass else {
                throw WebRTCError(
                    .invalidAccess,
                    "setRemoteDescription: section \(index) of the answer is actpass; an answer says active or passive "
                        + "(RFC 8842 §5.3)")
            }
            try checkDirection(answer, offer, at: index)
        }
    }

    /// Without a=mid, or with an empty one, a section keeps the tag it had, or gets a free one (RFC
    /// 9429 §5.10).
    static func fillInMids(_ document: inout SDPDocument, from previous: SDPDocument?) {
        var taken = Set(document.media.compactMap(\.mid))
        for index in document.media.indices where document.media[index].mid == nil {
            let known = previous.flatMap { $0.media.indices.contains(index) ? $0.media[index].mid : nil }
            let mid =
                known.flatMap { taken.contains($0) ? nil : $0 }
                ?? (0...document.media.count).lazy.map(String.init).first { !taken.contains($0) } ?? "m\(index)"
            taken.insert(mid)
            document.media[index].mid = mid
        }
    }

    /// Tags are tokens (RFC 5888 §4), and no two sections share one.
    private func checkMids(_ document: SDPDocument) throws(WebRTCError) {
        var mids: Set<String> = []
        for (index, media) in document.media.enumerated() {
            let mid = media.mid ?? ""
            guard !mid.isEmpty, mid.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
                throw WebRTCError(
                    .invalidAccess, "setRemoteDescription: the mid '\(mid)' of section \(index) is not a token")
            }
            guard mids.insert(mid).inserted else {
                throw WebRTCError(.invalidAccess, "setRemoteDescription: two sections have the mid '\(mid)'")
            }
        }
    }

    /// Sections stay where they are; only the place of a refused one may be taken by another (RFC
    /// 9429 §5.2.2).
    private func checkOrder(_ offer: SDPDocument, after current: SDPDocument) throws(WebRTCError) {
        guard offer.media.count >= current.media.count else {
            throw WebRTCError(
                .invalidAccess,
                "setRemoteDescription: the offer has \(offer.sectionCount), fewer than the session's "
                    + "\(current.media.count); a section is stopped with port 0, never removed"
            )
        }
        for (index, before) in current.media.enumerated() {
            let ours = currentLocal?.document.media ?? []
            let isRefused = before.isRejected || ours.indices.contains(index) && ours[index].isRejected
            let now = offer.media[index]
            guard isRefused || now.kind == before.kind && now.mid == before.mid else {
                throw WebRTCError(
                    .invalidAccess,
                    "setRemoteDescription: section \(index) was m=\(before.kind.rawValue) with mid "
                        + "'\(before.mid ?? "")' and is now m=\(now.kind.rawValue) with mid '\(now.mid ?? "")'")
            }
        }
    }

    /// A section that we could take says how to reach the peer, and who it is. What other sections
    /// say is not looked at.
    private func checkTransport(_ description: AppliedDescription, at index: Int) throws(WebRTCError) {
        let document = description.document
        let media = document.media[index]
        guard description.hasTransport(media), media.isDataChannels || MediaKind(media) != nil else { return }
        let mid = media.mid ?? ""
        let hasSetup = media.has("setup") || document.has("setup")
        if hasSetup, document.setup(of: media) == nil {
            let said = media.value(of: "setup") ?? document.value(of: "setup") ?? ""
            throw unreadable(
                "a=setup:\(said)", "one of active, passive, actpass and holdconn (RFC 8842 §5)", at: index, mid)
        }
        if media.isDataChannels, !media.isOldDataChannels, media.has("sctp-port"), media.sctpPort == nil {
            let said = media.value(of: "sctp-port") ?? ""
            throw unreadable("a=sctp-port:\(said)", "a port of 0 to 65535 (RFC 8841 §5)", at: index, mid)
        }
        let identity: TransportIdentity
        do throws(WebRTCError) {
            identity = try description.transport(at: index).identity.get()
        } catch {
            throw WebRTCError(error.code, "setRemoteDescription: \(error.message)")
        }
        try checkFingerprintChange(identity, ofMid: mid)
    }

    private func unreadable(_ attribute: String, _ expected: String, at index: Int, _ mid: String) -> WebRTCError {
        WebRTCError(
            .sdpSyntax,
            "setRemoteDescription: '\(attribute.excerpt(60))' of section \(index) (mid '\(mid)') is not \(expected)")
    }

    /// An answer sends only what the offer receives, and receives only what it sends (RFC 3264
    /// §6.1).
    private func checkDirection(
        _ answer: SDPDocument, _ offer: SDPDocument, at index: Int
    ) throws(WebRTCError) {
        guard MediaKind(answer.media[index]) != nil else { return }
        let answered = TransceiverDirection(answer.direction(of: answer.media[index]))
        let offered = TransceiverDirection(offer.direction(of: offer.media[index]))
        guard answered.intersection(offered.reversed) == answered else {
            throw WebRTCError(
                .invalidAccess,
                "setRemoteDescription: section \(index) is \(answered.rawValue) in the answer, which does not go with "
                    + "\(offered.rawValue) in the offer (RFC 3264 §6.1)")
        }
    }

    /// Another certificate means another peer, which needs new ICE credentials too.
    private func checkFingerprintChange(_ theirs: TransportIdentity, ofMid mid: String) throws(WebRTCError) {
        guard let id = currentTransports.id(ofMid: mid), currentTransports[id]?.tag == mid,
            let before = identity(of: id, in: currentTransports, currentRemote)
        else { return }
        if before.credentials == theirs.credentials, Set(before.fingerprints) != Set(theirs.fingerprints) {
            throw WebRTCError(
                .invalidAccess,
                "setRemoteDescription: the fingerprint of section '\(mid)' changed but its ICE credentials did not; "
                    + "restart ICE as well")
        }
    }
}

extension SDPDocument {
    /// How many media sections there are, in words.
    var sectionCount: String { media.count == 1 ? "1 section" : "\(media.count) sections" }
}
