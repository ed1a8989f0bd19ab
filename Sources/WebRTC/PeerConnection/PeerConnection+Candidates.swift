internal import AsyncQueues
internal import ICE
public import JSEP
internal import Logging
internal import MulticastDNS
internal import TransportTypes

extension PeerConnection {
    /// Adds a candidate that the peer has trickled; nil, or one with an empty text, ends them. W3C
    /// `addIceCandidate`.
    ///
    /// - Throws: `TypeError` if a candidate names no section, `InvalidStateError` without a remote
    ///   description, `OperationError` if the section, the username fragment or the candidate
    ///   itself is not understood, or if there are too many.
    public func addICECandidate(_ candidate: ICECandidateInit?) throws(WebRTCError) {
        try checkOpen("addICECandidate")
        // What is known already, such as a further end of candidates, costs no more than to see
        // that.
        guard let transports = try negotiation.addRemote(candidate ?? ICECandidateInit()) else { return }
        plan.transports = transports
        snapshot.show(negotiation.descriptions)
        applyAgreements()
    }

    // MARK: What ICE tells

    func didGather(_ candidate: ICECandidate, usernameFragment: String, on transport: ConnectionTransport) {
        guard transport.localCredentials.usernameFragment == usernameFragment else { return }
        let line = Negotiation.line(of: candidate)
        let place = negotiation.addLocal(candidate: line, usernameFragment: usernameFragment)
        snapshot.show(negotiation.descriptions)
        transport.ice.update { if !$0.localCandidates.contains(candidate) { $0.localCandidates.append(candidate) } }
        guard let place else { return }
        snapshot.candidates.send(
            ICECandidateInit(
                candidate: line, sdpMid: place.mid, sdpMLineIndex: UInt16(clamping: place.index),
                usernameFragment: usernameFragment))
    }

    func didFinishGathering(usernameFragment: String, on transport: ConnectionTransport) {
        guard transport.localCredentials.usernameFragment == usernameFragment else { return }
        negotiation.addLocal(candidate: nil, usernameFragment: usernameFragment)
        snapshot.show(negotiation.descriptions)
        transport.ice.update { $0.gatheringState = .complete }
        updateGatheringState()
    }

    /// Finds the addresses of a candidate's `.local` name, off the loop.
    func resolve(_ candidate: ICECandidate, for credentials: ICECredentials, on id: Int) {
        let logger = logger
        let nameRequester = nameRequester
        let names = configuration.ice.localNames ?? LocalNameResolver.link
        // Another transport may have this number by then.
        let ice = transport(id)?.ice
        Task(executorPreference: surroundings.executor) { [weak self] in
            var addresses: [String] = []
            do {
                addresses = try await names.addresses(of: candidate.address, for: nameRequester)
            } catch {
                logger?.debug("a candidate's .local name was not resolved", metadata: ["error": "\(error)"])
            }
            await self?.didResolve(candidate, addresses: addresses, for: credentials, on: ice)
        }
    }

    private func didResolve(
        _ candidate: ICECandidate, addresses: [String], for credentials: ICECredentials, on ice: ICETransport?
    ) {
        transports.first { $0.ice === ice }?.resolved(candidate, addresses: addresses, for: credentials)
    }
}
