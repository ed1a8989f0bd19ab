import JSEP
import Synchronization
import TransportTypes
import WebRTC

/// What the test says while the channel is open.
final class Steering: Sendable {
    let connection: PeerConnection
    let console: Console
    /// The next message that arrives is to be told.
    let wantsProgress = Atomic(false)

    init(connection: PeerConnection, console: Console) {
        self.connection = connection
        self.console = console
    }

    /// Reads to the end of input.
    func run(finish: @Sendable () -> Void) async {
        for await line in console.inputs {
            do {
                switch line {
                case "finish": finish()
                case "progress": wantsProgress.store(true, ordering: .relaxed)
                case "pair":
                    let pair = connection.sctp?.transport.iceTransport.selectedCandidatePair
                    console.say("pair", pair.map { "\($0.local.kind.rawValue) \($0.remote.kind.rawValue)" } ?? "none")
                case "restart":
                    await connection.restartICE()
                    try await connection.setLocalDescription()
                    try await LinkPeer.describe(connection, console)
                default: try await take(line)
                }
            } catch {
                console.say("error", "\(error)")
            }
        }
    }

    /// The other end's description for a restart.
    private func take(_ line: String) async throws {
        guard let sdp = Console.description(in: line) else { return }
        if connection.signalingState == .haveLocalOffer {
            try await connection.setRemoteDescription(SessionDescription(type: .answer, sdp: sdp))
        } else {
            try await connection.setRemoteDescription(SessionDescription(type: .offer, sdp: sdp))
            try await connection.setLocalDescription()
            try await LinkPeer.describe(connection, console)
        }
    }
}
