internal import SDP
package import TransportTypes

// Trickled candidates.
extension Negotiation {
    /// Where a candidate of ours belongs.
    package struct Place: Hashable {
        package let mid: String
        package let index: Int
    }

    /// Adds a local candidate (nil: their end) to the descriptions that its credentials belong to,
    /// in the section that speaks for its transport. The place in the newest of them is for the
    /// peer to hear of.
    @discardableResult
    package mutating func addLocal(candidate line: String?, usernameFragment: String) -> Place? {
        var place: Place?
        let sides: [(WritableKeyPath<Negotiation, AppliedDescription?>, TransportTable?)] = [
            (\.currentLocal, currentTransports), (\.pendingLocal, offeredTransports ?? answeredTransports),
        ]
        for (path, table) in sides {
            for entry in table?.entries ?? [] {
                guard let description = self[keyPath: path], let index = description.index(ofMid: entry.tag),
                    description.document.media[index].iceUfrag == usernameFragment
                else { continue }
                self[keyPath: path]?.add(candidate: line, at: index)
                place = Place(mid: entry.tag, index: index)
            }
        }
        return place
    }

    /// A transport begins anew with the same credentials: what was gathered for it is gone.
    package mutating func forgetLocalCandidates(of id: Int) {
        guard let tag = currentTransports[id]?.tag, let index = currentLocal?.index(ofMid: tag) else { return }
        currentLocal?.document.media[index].candidates = []
        currentLocal?.document.media[index].hasEndOfCandidates = false
    }

    /// Adds a candidate of the peer's (an empty text: the end of candidates) to the remote
    /// descriptions it belongs to: those whose section has its username fragment, or the newest
    /// one's if it names none (W3C §4.4.2).
    ///
    /// - Returns: the plan's transports, and nothing else of it changes; nil if it was known.
    @discardableResult
    package mutating func addRemote(_ candidate: ICECandidateInit) throws(WebRTCError) -> [SessionPlan.Transport]? {
        guard candidate.candidate.isEmpty || candidate.sdpMid != nil || candidate.sdpMLineIndex != nil else {
            throw WebRTCError(
                .type, "addICECandidate: give sdpMid or sdpMLineIndex, so that the candidate has a section")
        }
        let texts = [candidate.candidate, candidate.sdpMid ?? "", candidate.usernameFragment ?? ""]
        guard !texts.contains(where: \.hasLongRunOfMarks) else {
            throw WebRTCError(.operation, "addICECandidate: more than 30 combining marks follow each other")
        }
        guard let newest = remote else {
            throw WebRTCError(
                .invalidState,
                "addICECandidate: there is no remote description yet; set it first, or queue the candidate")
        }
        let line = candidate.candidate.isEmpty ? nil : try Self.line(of: candidate.candidate)
        let named = candidate.usernameFragment.flatMap { $0.isEmpty ? nil : $0 }
        var changed = self
        var hasChanged = false
        var isKnown = named == nil
        for index in try sections(of: candidate, in: newest.document) {
            let fragment = named ?? newest.ufrag(at: index)
            for path in [\.pendingRemote, \.currentRemote] as [WritableKeyPath<Negotiation, AppliedDescription?>] {
                guard var description = self[keyPath: path], description.document.media.indices.contains(index),
                    description.ufrag(at: index) == fragment
                else { continue }
                isKnown = true
                let before = description.document.media[index]
                if line.map(before.candidates.contains) ?? before.hasEndOfCandidates { continue }
                hasChanged = true
                guard description.add(candidate: line, at: index) else {
                    throw WebRTCError(
                        .operation,
                        "addICECandidate: the peer has sent more than \(AppliedDescription.maximumCandidates) candidates"
                    )
                }
                changed[keyPath: path]?.document.media[index] = description.document.media[index]
            }
        }
        guard isKnown else {
            throw WebRTCError(
                .operation,
                "addICECandidate: no such section has the username fragment '\(named ?? "")'; the candidate is stale")
        }
        guard hasChanged else { return nil }
        self = changed
        return plannedTransports
    }

    /// A candidate as descriptions and events have it, `candidate:…`, however it was given.
    package static func line(of candidate: ICECandidate) -> String {
        let text = candidate.description
        return text.utf8.starts(with: "candidate:".utf8) ? text : "candidate:" + text
    }

    private static func line(of text: String) throws(WebRTCError) -> String {
        do throws(ICEError) {
            return line(of: try ICECandidate(parsing: text))
        } catch {
            throw WebRTCError(.operation, "addICECandidate: \(error)")
        }
    }

    /// The sections that a candidate names; all of them if it is the end of candidates and names
    /// none.
    ///
    /// An empty tag is what a peer says that knows none: the index counts then.
    private func sections(of candidate: ICECandidateInit, in document: SDPDocument) throws(WebRTCError) -> Range<Int> {
        let all = document.media.indices
        let index = candidate.sdpMLineIndex.map(Int.init)
        let isUnnamed = candidate.sdpMid?.isEmpty == true && (index != nil || candidate.candidate.isEmpty)
        if let mid = candidate.sdpMid, !isUnnamed {
            guard let index = document.media.firstIndex(where: { $0.mid == mid }) else {
                throw WebRTCError(
                    .operation, "addICECandidate: the remote description has no section with mid '\(mid)'")
            }
            return index..<(index + 1)
        }
        guard let index else { return all }
        guard all.contains(index) else {
            throw WebRTCError(
                .operation,
                "addICECandidate: sdpMLineIndex is \(index), counted from 0, but the remote description has "
                    + document.sectionCount)
        }
        return index..<(index + 1)
    }
}
