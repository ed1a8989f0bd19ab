internal import JSEP
internal import Streaming
internal import WebRTC

extension Streamer {
    /// Adds a watcher whose connection gets, and gives nothing; and of codecs the one that the
    /// stream has.
    func show(on connection: PeerConnection, as id: String) async throws {
        try await add(connection, as: id)
        for transceiver in connection.transceivers {
            try transceiver.setDirection(.sendonly)
            let kind = transceiver.receiver.track.kind
            guard let codec = kind == .video ? video.codec : audio.codec else { continue }
            let all = RTPSender.capabilities(kind).codecs
            let fitting = all.filter { $0.mimeType.lowercased() == codec.lowercased() }
            let helpers = all.filter {
                ["rtx", "red", "ulpfec", "flexfec-03"].contains($0.mimeType.split(separator: "/").last ?? "")
            }
            if !fitting.isEmpty { try transceiver.setCodecPreferences(fitting + helpers) }
        }
    }
}
