import RTP
import Synchronization
import WebRTC

/// Reads a track, whether a peer sends it or the application feeds it, as packets to be sent on.
struct TrackFeed: Sendable {
    /// What the times of several tracks that an application feeds are set by: they are of one
    /// clock.
    final class Clock: Sendable {
        private let offsets = Mutex(SenderOffsets())

        /// By how much later a frame comes than the first of all did, both by their timestamps.
        func lateness(_ timestamp: Duration, now: Duration) -> Duration {
            offsets.withLock { $0.lateness(timestamp, of: "", now: now) }
        }
    }

    private enum Events: Sendable {
        case received(EventSequence<ReceivedPacket>)
        case fed(EventSequence<FedItem>, kept: [FedItem])
    }

    private let track: MediaStreamTrack
    private let events: Events
    private let clock: Clock

    /// What comes of the track from here on, and what it has kept.
    init(_ track: MediaStreamTrack, _ clock: Clock) {
        self.track = track
        events = track.isLocal ? .fed(track.fedItems, kept: track.keptItems) : .received(track.forwardedPackets)
        self.clock = clock
    }

    /// Reads until the track has ended, or the task is cancelled.
    ///
    /// - Parameter body: what is done with the packets of each frame, or with each that comes.
    func read(now: @Sendable () -> Duration, _ body: @Sendable ([ReceivedPacket]) -> Void) async {
        switch events {
        case .received(let packets):
            for await packet in packets { body([packet]) }
        case .fed(let items, let kept):
            var reading = FedReading(clock)
            for item in kept { body(reading.packets(of: item, now: now())) }
            reading.endKept()
            for await item in items {
                if reading.note(lost: items.lost) { track.requestKeyFrameOfSource() }
                body(reading.packets(of: item, now: now()))
            }
        }
    }
}
