@testable import WebRTC

/// What the application of one end may do at any time. Add a case, and it takes part in every seed.
enum ApplicationAction: CaseIterable {
    case createChannel, restartICE, addTransceiver, addTrack, changeDirection, stopTransceiver, rollBack, close

    /// How often it happens, beside the others.
    var weight: Int {
        switch self {
        case .createChannel, .restartICE: 6
        case .addTransceiver, .addTrack, .changeDirection, .stopTransceiver: 4
        case .rollBack: 3
        case .close: 1
        }
    }

    /// Those of an application without media; they cost a fifth of the time.
    static let onData: [ApplicationAction] = [.createChannel, .restartICE, .rollBack, .close]

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

    /// Does it, as the methods of `PeerConnection` do.
    func perform(on end: inout SimulatedEnd, using random: inout some RandomNumberGenerator) throws(WebRTCError) {
        guard end.negotiation.signalingState != .closed else { return }
        if self == .createChannel { end.channels += 1 }
        let kind = MediaKind.allCases.randomElement(using: &random) ?? .audio
        let direction = [TransceiverDirection.sendrecv, .sendonly, .recvonly, .inactive].randomElement(using: &random)
        let chosen = end.negotiation.transceivers.indices.filter { !end.negotiation.transceivers[$0].isStopping }
            .randomElement(using: &random)
        try end.change { negotiation throws(WebRTCError) in
            switch self {
            case .createChannel: negotiation.wantsData = true
            case .restartICE: negotiation.requestRestart()
            case .addTransceiver: negotiation.addTransceiver(kind, direction: direction ?? .sendrecv)
            case .addTrack: negotiation.addTrackTransceiver(kind)
            case .changeDirection: if let chosen { negotiation.transceivers[chosen].direction = direction ?? .sendrecv }
            case .stopTransceiver: if let chosen { negotiation.transceivers[chosen].isStopping = true }
            case .rollBack: try negotiation.rollBackAny()
            case .close: negotiation.close()
            }
        }
    }
}
