internal import Discovery
internal import ICE
internal import Logging

extension PeerConnection {
    /// Adds a candidate that the peer has trickled; nil, or one with an empty text, ends them. W3C `addIceCandidate`.
    ///
    /// - Throws: `InvalidStateError` without a remote description, `TypeError` if a candidate names no section,
    ///   `OperationError` if the section, the username fragment or the candidate itself is not understood.
    public func addICECandidate(_ candidate: ICECandidateInit?) throws(WebRTCError) {
        try checkOpen("addICECandidate")
        let candidate = candidate ?? ICECandidateInit()
        if candidate.candidate.isEmpty {
            try negotiation.addRemote(candidate, line: nil)
        } else {
            let line = Self.line(of: candidate.candidate)
            try negotiation.addRemote(candidate, line: line)
        }
        snapshot.update(from: negotiation, sctp: sctpTransport)
        applyRemoteTransport()
    }

    /// A candidate as descriptions and events have it, `candidate:…`, however it was given.
    static func line(of text: String) -> String {
        let text = text.hasPrefix("a=") ? text.dropFirst(2) : text[...]
        return text.hasPrefix("candidate:") ? String(text) : "candidate:" + text
    }

    // MARK: What ICE tells

    func didGather(_ candidate: ICECandidate, ufrag: String) {
        guard let mid = negotiation.dataMid else { return }
        let line = Self.line(of: candidate.description)
        negotiation.addLocal(candidate: line, ufrag: ufrag)
        snapshot.update(from: negotiation, sctp: sctpTransport)
        iceTransport?.update { $0.localCandidates.append(candidate) }
        snapshot.candidates.send(
            ICECandidateInit(
                candidate: line, sdpMid: mid, sdpMLineIndex: mLineIndex(of: mid), usernameFragment: ufrag))
    }

    func didFinishGathering(ufrag: String) {
        guard stack?.localCredentials.usernameFragment == ufrag else { return }
        negotiation.addLocal(candidate: nil, ufrag: ufrag)
        snapshot.update(from: negotiation, sctp: sctpTransport)
        iceTransport?.update { $0.gatheringState = .complete }
        snapshot.setGathering(.complete)
        snapshot.candidates.send(nil)
    }

    /// Finds the addresses of a candidate's `.local` name, off the loop.
    func resolve(_ candidate: ICECandidate, for credentials: ICECredentials) {
        let logger = logger
        Task { [weak self] in
            var addresses: [String] = []
            do {
                addresses = try await LocalNameResolver.shared.resolve(candidate.address)
            } catch {
                logger?.info("a candidate's .local name was not resolved", metadata: ["error": "\(error)"])
            }
            await self?.didResolve(candidate, addresses: addresses, for: credentials)
        }
    }

    private func didResolve(_ candidate: ICECandidate, addresses: [String], for credentials: ICECredentials) {
        stack?.resolved(candidate, addresses: addresses, for: credentials)
    }

    private func mLineIndex(of mid: String) -> UInt16? {
        negotiation.local?.index(ofMid: mid).map { UInt16(clamping: $0) }
    }
}
