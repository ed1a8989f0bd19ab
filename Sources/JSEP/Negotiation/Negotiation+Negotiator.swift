internal import SDP

// What a negotiator reads.
extension Negotiation {
    /// The session id of all descriptions of this side's (RFC 9429 §5.2.1).
    package var session: String { String(parameters.sessionID) }

    /// Names the offer of ours that waits for its answer.
    package var pendingOfferID: DescriptionID? {
        guard let pendingLocal, pendingLocal.type == .offer else { return nil }
        return pendingLocal.document.id
    }

    /// The offer that was created last, if it has this name.
    package func lastOffer(named id: DescriptionID) throws(WebRTCError) -> SessionDescription {
        guard let document = lastOffer?.document, document.id == id else {
            throw WebRTCError(.invalidModification, "the offer \(id) is not the one that was created last")
        }
        return SessionDescription(type: .offer, sdp: document.serialized())
    }

    /// The candidates of the local descriptions, as they were trickled. Their end names its
    /// credentials: those of an older description may have ended, and those of a newer not.
    package var localCandidates: [ICECandidateInit] {
        var found: [ICECandidateInit] = []
        for description in [currentLocal, pendingLocal].compactMap({ $0 }) {
            for (index, media) in description.document.media.enumerated() where !media.isRejected {
                for line in media.candidates + (media.hasEndOfCandidates ? [""] : []) {
                    let candidate = ICECandidateInit(
                        candidate: line, sdpMid: media.mid, sdpMLineIndex: UInt16(clamping: index),
                        usernameFragment: description.ufrag(at: index))
                    if !found.contains(candidate) { found.append(candidate) }
                }
            }
        }
        return found
    }
}

extension SDPDocument {
    /// Names this description.
    var id: DescriptionID {
        DescriptionID(session: origin.sessionID, version: origin.sessionVersion)
    }
}
