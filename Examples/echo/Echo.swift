import ArgumentParser
import BrowserServer
import JSEP
import WebRTC

/// Sends back what a browser sends: its own picture and voice come from the server.
///
///     swift run echo --loopback                     # and open http://127.0.0.1:8080/
@main
struct Echo: AsyncParsableCommand {
    @OptionGroup var server: BrowserServer

    func run() async throws {
        try await server.run(BrowserPage(sends: [.audio, .video], receives: [.audio, .video])) { connection in
            let back = [MediaStreamTrack(.audio), MediaStreamTrack(.video)]
            for track in back { try await connection.addTrack(track, streams: [MediaStream(back, id: "echo")]) }
            let tracks = connection.tracks
            Task {
                let start = ContinuousClock.now
                await withTaskGroup { tasks in
                    var known: [MediaStreamTrack] = []
                    // A track that goes on after a hold is told of again.
                    for await event in tracks where !known.contains(where: { $0 === event.track }) {
                        known.append(event.track)
                        guard let answer = back.first(where: { $0.kind == event.track.kind }) else { continue }
                        tasks.addTask { await send(event.track, on: answer, since: start) }
                        tasks.addTask {
                            for await _ in answer.keyFrameRequests { event.track.requestKeyFrame() }
                        }
                    }
                    for track in back { track.stop() }
                }
            }
        }
    }
}

/// Frame by frame, neither decoded nor encoded.
private func send(_ received: MediaStreamTrack, on track: MediaStreamTrack, since start: ContinuousClock.Instant) async
{
    // Each track's times begin at 0; sound and pictures keep the distance at which they began.
    var offset: Duration?
    // Of a picture that comes in several sizes (simulcast) one goes back: together they are none.
    var size: String?
    for await frame in received.frames where !frame.isLoss {
        if let name = frame.streamID {
            if size == nil, frame.isKeyFrame { size = name }
            guard size == name else { continue }
        }
        let begin = offset ?? start.duration(to: .now) - frame.timestamp
        offset = begin
        var copy = frame
        copy.timestamp += begin
        // The name is the browser's, not ours.
        copy.streamID = nil
        guard (try? track.send(copy)) != nil else { return }
    }
}
