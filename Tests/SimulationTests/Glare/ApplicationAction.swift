import ICE
import JSEP

@testable import WebRTC

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

    /// Does it. The simulation itself replaces an end.
    func perform(on end: GlareEnd, using random: inout some RandomNumberGenerator) throws {
        guard !end.isClosed else { return }
        let kind = MediaKind.allCases.randomElement(using: &random) ?? .audio
        let direction =
            [TransceiverDirection.sendrecv, .sendonly, .recvonly, .inactive].randomElement(using: &random) ?? .sendrecv
        let chosen = end.connection.transceivers.filter { $0.direction != .stopped }.randomElement(using: &random)
        let number = Int.random(in: 0...3, using: &random)
        switch self {
        case .createChannel:
            end.channels += 1
            let label = "channel \(end.channels)"
            _ = try end.perform { connection in try connection.createDataChannel(label) }
        case .restartICE: end.perform { $0.restartICE() }
        case .changeServers:
            try end.perform { connection in
                var configuration = connection.getConfiguration()
                configuration.iceServers = configuration.iceServers.isEmpty ? [.stun("192.0.2.200")] : []
                try connection.setConfiguration(configuration)
            }
        case .addTransceiver:
            _ = try end.perform { try $0.addTransceiver(kind, options: .init(direction: direction)) }
        case .addTrack: _ = try end.perform { try $0.addTrack(MediaStreamTrack(kind)) }
        case .removeTrack: if let chosen { try end.perform { try $0.removeTrack(chosen.sender) } }
        case .changeDirection: try chosen?.setDirection(direction)
        case .changeStreams: try chosen?.sender.setStreams([MediaStream(id: "stream\(number)")])
        case .preferCodecs:
            guard let chosen else { return }
            let codecs = RTPSender.capabilities(chosen.kind).codecs.shuffled(using: &random)
            try chosen.setCodecPreferences(Array(codecs.prefix(number)))
        case .stopTransceiver: try chosen?.stop()
        case .rollBack: try end.perform { try $0.rollBack() }
        case .offerByHand: try end.perform { try $0.setLocalDescription($0.createOffer()) }
        case .replace: break
        case .close: end.connection.close()
        }
    }
}
