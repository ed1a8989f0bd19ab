import RTP
import WebRTC

/// Makes packets of what a track is fed with. Pure; time is a parameter.
struct FedReading {
    private let clock: TrackFeed.Clock
    private var cutter = FrameCutter()
    /// The last frame of those that the track had kept: it may come again.
    private var keptEnd: Duration?
    private var last: Duration?
    private var lost = 0
    /// The streams that go on whole since something was lost; nil if nothing was.
    private var whole: Set<String?>?

    init(_ clock: TrackFeed.Clock) { self.clock = clock }

    /// What follows came after the others.
    mutating func endKept() { keptEnd = last }

    /// - Parameter count: how much was lost until now.
    /// - Returns: whether something was since the last time: what follows waits for a key frame.
    mutating func note(lost count: Int) -> Bool {
        guard count != lost else { return false }
        (lost, whole) = (count, [])
        return true
    }

    /// The packets of a frame, or of a packet; none for a frame that needs one that was lost.
    mutating func packets(of item: FedItem, now: Duration) -> [ReceivedPacket] {
        switch item {
        case .packet(let packet, let codec):
            guard let bytes = try? packet.encoded() else { return [] }
            return [ReceivedPacket(bytes: bytes, codec: codec, clockRate: FrameCutter.clockRate(of: codec))]
        case .frame(let frame):
            if let keptEnd, frame.timestamp <= keptEnd { return [] }
            keptEnd = nil
            last = frame.timestamp
            if frame.isKeyFrame { whole?.insert(frame.streamID) }
            if let whole, !whole.contains(frame.streamID) { return [] }
            return cutter.cut(frame, lateness: clock.lateness(frame.timestamp, now: now))
        }
    }
}
