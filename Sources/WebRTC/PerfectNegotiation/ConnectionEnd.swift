internal import JSEP

/// A connection as the core of a negotiator sees it. Used on the connection's executor only, where
/// each action is done before anybody else has a say; so nothing changes between a decision and
/// what it leads to.
struct ConnectionEnd: NegotiatorEnd {
    let connection: PeerConnection
    private(set) var outgoing: [SignalingPayload] = []
    private(set) var problems: [NegotiationProblem] = []

    init(connection: PeerConnection) {
        self.connection = connection
    }

    var view: NegotiatorCore.View {
        connection.assumeIsolated { connection in
            let negotiation = connection.currentNegotiation
            return NegotiatorCore.View(
                signalingState: connection.signalingState, isNegotiationNeeded: negotiation.isNegotiationNeeded,
                offer: negotiation.pendingOfferID, session: negotiation.session)
        }
    }

    mutating func perform(_ action: NegotiatorCore.Action) throws(WebRTCError) {
        switch action {
        case .makeOffer(let isRenewed):
            try change { connection throws(WebRTCError) in
                if isRenewed { connection.restartICE() }
                try connection.setLocalDescription(isRenewed ? connection.createOffer() : nil)
            }
        case .answer(let offer):
            try change { connection throws(WebRTCError) in
                try connection.setRemoteDescription(offer)
                try connection.setLocalDescription()
            }
        case .take(let answer):
            try change { connection throws(WebRTCError) in try connection.setRemoteDescription(answer) }
        case .add(let candidate):
            try change { connection throws(WebRTCError) in try connection.addICECandidate(candidate) }
        case .restoreOffer(let id):
            try change { connection throws(WebRTCError) in
                try connection.setLocalDescription(connection.negotiation.lastOffer(named: id))
            }
        case .rollBack:
            try change { connection throws(WebRTCError) in try connection.rollBack() }
        case .sendOffer:
            if let offer = connection.pendingLocalDescription { outgoing.append(.description(offer)) }
        case .sendAnswer(let offer):
            guard let answer = connection.currentLocalDescription else { return }
            outgoing.append(.description(answer, answers: offer?.description))
        case .refuse(let offer):
            outgoing.append(.description(SessionDescription(type: .rollback), answers: offer?.description))
        case .sendCandidates:
            outgoing += connection.assumeIsolated { $0.negotiation.localCandidates }.map { .candidate($0) }
        case .report(let problem): problems.append(problem)
        }
    }

    private func change(
        _ body: @Sendable (isolated PeerConnection) throws(WebRTCError) -> Void
    ) throws(WebRTCError) {
        let result = connection.assumeIsolated { connection in
            Result { () throws(WebRTCError) in try body(connection) }
        }
        try result.get()
    }
}
