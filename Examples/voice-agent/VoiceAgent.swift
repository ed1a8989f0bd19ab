import ArgumentParser
import BrowserServer
import JSEP
import MediaIO
import WebRTC

/// An agent that listens until somebody has spoken, answers, and stops when it is interrupted. It
/// has nothing to say of its own: it repeats what it has heard.
///
///     swift run voice-agent --loopback              # and open http://127.0.0.1:8080/
///
/// In yours, `Turns` is a detector of voice, and `answer(to:)` a recognizer, a model and a
/// synthesizer, with a decoder of Opus in front and an encoder behind.
@main
struct VoiceAgent: AsyncParsableCommand {
    @OptionGroup var server: BrowserServer

    func run() async throws {
        try await server.run(BrowserPage(sends: [.audio], receives: [.audio])) { connection in
            let voice = MediaStreamTrack(.audio)
            try await connection.addTrack(voice, streams: [MediaStream([voice], id: "agent")])
            let tracks = connection.tracks
            Task {
                for await event in tracks where event.track.kind == .audio {
                    await converse(with: event.track, on: voice)
                    break
                }
                voice.stop()
            }
        }
    }
}

private func converse(with caller: MediaStreamTrack, on track: MediaStreamTrack) async {
    let voice = PacedSender(track)
    var turns = Turns()
    // In order, 20 ms each; one without data is a packet that was lost, which a decoder conceals.
    for await frame in caller.frames {
        switch turns.hear(frame) {
        case .nothing: break
        case .began: await voice.flush()  // the caller interrupts: silence at once
        case .ended(let speech):
            // All at once: it is sent at the speed at which it is heard.
            for packet in answer(to: speech) { await voice.enqueue(packet, duration: .milliseconds(20)) }
        }
    }
}

private func answer(to speech: [MediaFrame]) -> [[UInt8]] {
    speech.filter { !$0.isLoss }.map(\.data)
}

/// Who speaks when, by the size of packets: Opus makes small ones of silence.
private struct Turns {
    enum Event {
        case nothing, began
        case ended([MediaFrame])
    }

    /// Bytes of 20 ms that are more than silence.
    static let loud = 30
    /// Packets of silence that end a turn: half a second.
    static let pause = 25
    /// Packets of a turn that are kept: 30 s.
    static let longest = 1500

    private var speech: [MediaFrame] = []
    private var quiet = 0

    mutating func hear(_ frame: MediaFrame) -> Event {
        let isLoud = frame.data.count >= Self.loud
        guard isLoud || !speech.isEmpty else { return .nothing }
        let isFirst = speech.isEmpty
        if speech.count < Self.longest { speech.append(frame) }
        quiet = isLoud ? 0 : quiet + 1
        guard quiet >= Self.pause || speech.count >= Self.longest else { return isFirst ? .began : .nothing }
        defer { (speech, quiet) = ([], 0) }
        return .ended(speech)
    }
}
