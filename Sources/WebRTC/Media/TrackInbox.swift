internal import AsyncQueues
internal import RTP
internal import Synchronization

/// What a track has got, between the connection's loop and its readers. Usable from any thread.
final class TrackInbox: Sendable {
    /// What readers want of a track.
    struct Wishes: Sendable, Hashable {
        /// Whole frames.
        var frames = false
        /// Packets.
        var packets = false
        /// Packets to be sent on.
        var forwarding = false
        /// A picture that needs no other, counted up with each wish.
        var keyFrames = 0
    }

    let frames = EventSource<MediaFrame>(.live, .frames)
    let packets = EventSource<RTPPacket>(.live, .packets)
    let forwarding = EventSource<ReceivedPacket>(.live, .forwarding)
    private let state: Mutex<(wishes: Wishes, wake: (@Sendable () -> Void)?)>

    init() { state = Mutex((Wishes(), nil)) }

    /// Whom to tell that there are other wishes, once they can be read.
    func attach(_ wake: @escaping @Sendable () -> Void) { state.withLock { $0.wake = wake } }

    /// What readers want now.
    var wishes: Wishes { state.withLock { $0.wishes } }

    /// Notes what a reader wants.
    func want(_ change: @Sendable (inout Wishes) -> Void) {
        let wake = state.withLock { state -> (@Sendable () -> Void)? in
            let before = state.wishes
            change(&state.wishes)
            return state.wishes == before ? nil : state.wake
        }
        wake?()
    }

    /// Takes back what nobody reads any more. On the loop.
    func forgetWishes() {
        state.withLock { state in
            // Who subscribes says what he wants after that: it is not taken back here.
            if state.wishes.frames, !frames.hasSubscribers { state.wishes.frames = false }
            if state.wishes.packets, !packets.hasSubscribers { state.wishes.packets = false }
            if state.wishes.forwarding, !forwarding.hasSubscribers { state.wishes.forwarding = false }
        }
    }

    /// Nothing more will come.
    func finish() {
        frames.finish()
        packets.finish()
        forwarding.finish()
        state.withLock { $0.wake = nil }
    }
}

extension BoundedBuffer<MediaFrame>.Policy {
    /// Some seconds; then the oldest make room with all that need them, and are counted. Each of a
    /// sender's streams begins with a frame that needs no other.
    static var frames: Self {
        Self(
            count: 512, bytes: 16 << 20, overflow: .dropOldest, cost: { $0.data.count + 128 },
            link: { BoundedBuffer.Link(chain: $0.streamID ?? "", isFirst: $0.isKeyFrame || $0.isLoss) })
    }
}

extension BoundedBuffer<RTPPacket>.Policy {
    /// The same, for packets.
    static var packets: Self {
        Self(count: 4096, bytes: 8 << 20, overflow: .dropOldest, cost: \.memorySize)
    }
}

extension BoundedBuffer<ReceivedPacket>.Policy {
    /// The same, for packets that are sent on.
    static var forwarding: Self {
        Self(count: 4096, bytes: 8 << 20, overflow: .dropOldest, cost: { $0.bytes.count + 128 })
    }
}
