import SDP

@testable import JSEP

/// What the application of one end may do at any time. Add a case, and it takes part in every seed.
enum ApplicationAction: CaseIterable {
    case createChannel, restartICE, changeServers, addTransceiver, addTrack, removeTrack, changeDirection, changeStreams
    case preferCodecs, stopTransceiver, rollBack, offerByHand, replace, close

    /// How often it happens, beside the others.
    var weight: Int {
        switch self {
        case .createChannel, .restartICE: 6
        case .addTransceiver, .addTrack, .changeDirection, .stopTransceiver: 4
        case .rollBack: 3
        case .changeServers, .removeTrack, .changeStreams, .preferCodecs, .offerByHand: 2
        case .replace, .close: 1
        }
    }

    /// Those of an application without media; they cost a fifth of the time. An offer made by hand in the place of one that
    /// was sent is here only: its sections are the same (Docs/Negotiation.md, known limits).
    static let onData: [ApplicationAction] = [
        .createChannel, .restartICE, .changeServers, .rollBack, .offerByHand, .replace, .close,
    ]
    static let withMedia = allCases.filter { $0 != .offerByHand }

    /// One of these, by weight.
    static func random(
        of choice: [ApplicationAction], using random: inout some RandomNumberGenerator
    ) -> ApplicationAction {
        var left = Int.random(in: 0..<choice.reduce(0) { $0 + $1.weight }, using: &random)
        for action in choice {
            left -= action.weight
            if left < 0 { return action }
        }
        return .createChannel
    }

    /// Does it, as the methods of `PeerConnection` do. The simulation itself replaces an end.
    func perform(on end: inout SimulatedEnd, using random: inout some RandomNumberGenerator) throws(WebRTCError) {
        guard end.negotiation.signalingState != .closed else { return }
        if self == .createChannel { end.channels += 1 }
        let kind = MediaKind.allCases.randomElement(using: &random) ?? .audio
        let direction =
            [TransceiverDirection.sendrecv, .sendonly, .recvonly, .inactive].randomElement(using: &random) ?? .sendrecv
        let chosen = end.negotiation.transceivers.indices.filter { !end.negotiation.transceivers[$0].isStopping }
            .randomElement(using: &random)
        let number = Int.random(in: 0...3, using: &random)
        var codecs: [RTPCodec] = []
        if self == .preferCodecs, let chosen {
            codecs = CodecTable.codecs(of: end.negotiation.transceivers[chosen].kind).map(\.codec)
            codecs.shuffle(using: &random)
        }
        try end.change { [codecs] negotiation throws(WebRTCError) in
            switch self {
            case .createChannel: negotiation.wantsData = true
            case .restartICE: negotiation.requestRestart()
            case .changeServers: negotiation.outdateCredentials()
            case .addTransceiver: negotiation.addTransceiver(kind, direction: direction)
            case .addTrack: negotiation.addTrack(kind)
            case .removeTrack: if let chosen { negotiation.transceivers[chosen].removeTrack() }
            case .changeDirection: if let chosen { negotiation.transceivers[chosen].wish.direction = direction }
            case .changeStreams: if let chosen { negotiation.transceivers[chosen].wish.streams = ["stream\(number)"] }
            case .preferCodecs:
                if let chosen { negotiation.transceivers[chosen].wish.codecPreferences = Array(codecs.prefix(number)) }
            case .stopTransceiver: if let chosen { negotiation.transceivers[chosen].wish.isStopping = true }
            case .rollBack: negotiation.rollBack()
            case .offerByHand: try negotiation.setLocal(negotiation.createOffer(OfferOptions()))
            case .replace: break
            case .close: negotiation.close()
            }
        }
    }
}

extension Negotiation {
    /// W3C `addTrack`: with a sender that was never used to send, or a new one.
    fileprivate mutating func addTrack(_ kind: MediaKind) {
        let free = transceivers.firstIndex {
            $0.kind == kind && !$0.isStopping && !$0.hasSent && !$0.wish.direction.sends
        }
        guard let free else {
            addTrackTransceiver(kind)
            return
        }
        let receives = transceivers[free].wish.direction.receives
        transceivers[free].wish.direction = TransceiverDirection(sends: true, receives: receives)
        transceivers[free].hadTrackAdded = true
    }
}

extension TransceiverState {
    /// W3C `removeTrack`.
    fileprivate mutating func removeTrack() {
        wish.direction = TransceiverDirection(sends: false, receives: wish.direction.receives)
    }
}
