import Dispatch
import Synchronization
import WebRTC

/// Sends frames one after another in even steps, again and again, until it is stopped.
// Sendable: the timer is made here, and Dispatch's own functions may be called from any thread.
final class FramePlayer: @unchecked Sendable {
    private let timer: any DispatchSourceTimer
    /// How many have been sent, as often as that changes.
    private let progress: AsyncStream<Int>

    init(_ frames: [MediaFrame], on track: MediaStreamTrack, every milliseconds: Int) {
        let timer = DispatchSource.makeTimerSource()
        let (progress, played) = AsyncStream.makeStream(of: Int.self, bufferingPolicy: .bufferingNewest(1))
        let place = Atomic(0)
        let length = (frames.last?.timestamp ?? .zero) + .milliseconds(milliseconds)
        timer.setEventHandler {
            let next = place.add(1, ordering: .relaxed).oldValue
            let (round, index) = next.quotientAndRemainder(dividingBy: frames.count)
            var frame = frames[index]
            frame.timestamp += length * round
            _ = try? track.send(frame)
            played.yield(next)
        }
        timer.setCancelHandler { played.finish() }
        timer.schedule(deadline: .now(), repeating: .milliseconds(milliseconds))
        self.timer = timer
        self.progress = progress
        timer.activate()
    }

    /// Returns once that many more have been sent.
    func plays(_ count: Int) async {
        var first: Int?
        for await place in progress {
            if place >= (first ?? place) + count { return }
            first = first ?? place
        }
    }

    func stop() { timer.cancel() }
}
