internal import DequeModule
internal import JSEP
internal import RTP
internal import Synchronization

/// What a sender has yet to send, between the application's threads and the connection's loop:
/// bounded in number and in bytes. Usable from any thread.
final class TrackOutbox: Sendable {
    /// How much waits for the loop, at most: it takes all of it in each of its turns.
    static let maximumFrames = 256
    static let maximumBytes = 8 << 20

    /// What is to be sent.
    enum Item: Sendable {
        case frame(MediaFrame)
        case packet(RTPPacket, codec: String)

        var cost: Int {
            switch self {
            case .frame(let frame): frame.data.count + 128
            case .packet(let packet, _): packet.payload.count + 128
            }
        }
    }

    private struct Storage {
        var items: Deque<Item> = []
        var bytes = 0
        /// Pictures after one that was dropped cannot be decoded: they wait for the next key frame.
        var awaitsKeyFrame = false
        var dropped: UInt64 = 0
        /// Whether both ends have agreed that it may be sent.
        var isActive = false
    }

    private let storage = Mutex(Storage())
    private let kind: MediaKind
    private let wake: @Sendable () -> Void

    init(_ kind: MediaKind, wake: @escaping @Sendable () -> Void) {
        self.kind = kind
        self.wake = wake
    }

    /// Frames that found no room, or that nobody may get now.
    var dropped: UInt64 { storage.withLock { $0.dropped } }

    /// Takes a frame or a packet. False if it found no room; nothing is said of one that nobody
    /// may get now.
    func put(_ item: Item) -> Bool {
        let (isAdmitted, isFirst) = storage.withLock { storage in
            guard storage.isActive else { return (true, false) }
            let isKeyFrame = if case .frame(let frame) = item { frame.isKeyFrame } else { true }
            if storage.awaitsKeyFrame, kind == .video, !isKeyFrame {
                storage.dropped &+= 1
                return (false, false)
            }
            guard storage.items.count < Self.maximumFrames, storage.bytes + item.cost <= Self.maximumBytes else {
                storage.awaitsKeyFrame = kind == .video
                storage.dropped &+= 1
                return (false, false)
            }
            storage.awaitsKeyFrame = false
            storage.items.append(item)
            storage.bytes += item.cost
            return (true, storage.items.count == 1)
        }
        if isFirst { wake() }
        return isAdmitted
    }

    /// Takes out all that waits. On the loop.
    func takeAll() -> Deque<Item> {
        storage.withLock { storage in
            guard !storage.items.isEmpty else { return [] }
            defer {
                storage.items = []
                storage.bytes = 0
            }
            return storage.items
        }
    }

    /// Whether both ends have agreed that it may be sent; what waits otherwise is let go.
    func setActive(_ isActive: Bool) {
        let former = storage.withLock { storage -> Deque<Item> in
            storage.isActive = isActive
            guard !isActive else { return [] }
            defer {
                storage.items = []
                storage.bytes = 0
            }
            return storage.items
        }
        withExtendedLifetime(former) {}
    }
}
