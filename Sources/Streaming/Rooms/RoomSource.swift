import JSEP
import WebRTC

/// Something that a participant of a room sends: a camera, a microphone, a screen.
final class RoomSource: Sendable {
    private enum Kind: Sendable {
        case audio(AudioBroadcaster, voice: UInt64)
        case video(VideoBroadcaster)
    }

    let track: MediaStreamTrack
    private let kind: Kind
    private let voices: RoomVoices

    /// Nil if the track has ended.
    init?(_ track: MediaStreamTrack, of name: String, _ voices: RoomVoices) {
        self.track = track
        self.voices = voices
        do {
            switch track.kind {
            case .audio:
                let (audio, voice) = (AudioBroadcaster(), voices.add(name))
                kind = .audio(audio, voice: voice)
                audio.broadcaster.onLevel { [voices] level in voices.note(level, of: voice) }
                try audio.setSource(track)
            case .video:
                let video = VideoBroadcaster()
                kind = .video(video)
                try video.setSource(track)
            }
        } catch {
            // Neither is of another kind, nor stopped.
            return nil
        }
    }

    /// Sends it to a watcher from now on.
    func send(to watcher: Watcher, weight: Double, as name: String) async throws -> Subscription {
        let stream = [MediaStream(id: name)]
        return switch kind {
        case .audio(let audio, _): try await watcher.hear(audio, streams: stream)
        case .video(let video): try await watcher.watch(video, weight: weight, streams: stream)
        }
    }

    /// It is sent to nobody any more.
    func stop() {
        switch kind {
        case .audio(let audio, let voice):
            audio.stop()
            voices.remove(voice)
        case .video(let video): video.stop()
        }
    }
}
