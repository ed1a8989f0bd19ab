internal import DequeModule
internal import JSEP
internal import RTP
internal import Synchronization

/// What a sender has yet to send, between the application's threads and the connection's loop:
/// bounded in number and in bytes. Usable from any thread.
final class TrackOutbox: Sendable {
    /// How much waits for the loop, at most.
    static let maximumFrames = 256
    static let maximumBytes = 8 << 20
    /// How much of it the loop takes in one of its turns, and the rest of the item that this ends
    /// in: the sockets of others on the loop are read in between, before theirs are full.
    static let maximumTurnBytes = 64 << 10
    /// The same while a group of pictures is on its way, behind which the others wait.
    static let maximumBehindReplay = 4096
    /// A group of pictures is not sent once more sooner than that after its beginning was sent: for
    /// some round trips, a peer that asks for it may not have got it yet. Each time that the same
    /// group is sent, this doubles.
    static let replayDistance: Duration = .milliseconds(300)
    private static let maximumDoublings = 6

    /// What is to be sent.
    enum Item: Sendable {
        case frame(MediaFrame)
        case packet(RTPPacket, codec: String)
        /// What of others is sent on, made for this one peer.
        case forwarded(ForwardedPacket)
        /// The numbers of the packets that follow go on from the last that was sent, whatever they
        /// are.
        case renumber

        var cost: Int {
            switch self {
            case .frame(let frame): frame.data.count + 128
            case .packet(let packet, _): packet.memorySize
            case .forwarded(let packet): packet.bytes.count + 128
            case .renumber: 0
            }
        }
    }

    fileprivate struct Storage {
        var items: Deque<Item> = []
        var bytes = 0
        /// Of these, what was sent before and is sent once more: it has room of its own.
        var replayed = (count: 0, bytes: 0)
        /// How many stand in front of that, and how fast it goes.
        var ahead = 0
        var pace: ReplayPace?
        /// When it was last sent, on the loop's clock, and how often the same group was.
        var lastReplay: Duration?
        var replayCount = 0
        /// Whether another track is sent, which has to be shown from its last key frame on.
        var wantsReplay = false
        /// Whether something waits that a group of pictures begins with.
        var beginsGroup = false
        /// The last timestamp of it: what follows is later.
        var floor: Duration?
        /// Pictures after one that was dropped cannot be decoded: they wait for the next key frame
        /// of their stream.
        var awaitsKeyFrame: Set<String?> = []
        /// Other pictures than before are sent: those of each stream wait for one that needs none
        /// of those before. Nil where they need not; otherwise the streams that have begun so.
        var begun: Set<String?>?
        /// Whether packets that are sent on were left out, and those that follow are to be
        /// renumbered.
        var hasGap = false
        /// Whether both ends have agreed that it may be sent.
        var isActive = false
        /// The session that has said so last.
        var owner: ObjectIdentifier?
        /// Whether it was ever.
        var hasBeenActive = false

        func awaits(_ stream: String?) -> Bool {
            awaitsKeyFrame.contains(stream) || begun.map { !$0.contains(stream) } ?? false
        }
    }

    private let storage = Mutex(Storage())
    private let kind: MediaKind
    private let wake: @Sendable () -> Void

    init(_ kind: MediaKind, wake: @escaping @Sendable () -> Void) {
        self.kind = kind
        self.wake = wake
    }

    /// Takes a frame or a packet from one who holds a lock: the loop is to be woken after that, if
    /// it is the first.
    ///
    /// - Parameter beginsGroup: whether it is what a group of pictures begins with.
    /// - Returns: false if it found no room; nothing is said of one that nobody may get now.
    func enqueue(_ item: Item, beginsGroup: Bool = false) -> (isAdmitted: Bool, isFirst: Bool) {
        storage.withLock { storage in
            guard storage.isActive else {
                storage.hasGap = true
                return (true, false)
            }
            let (stream, isKeyFrame) =
                if case .frame(let frame) = item { (frame.streamID, frame.isKeyFrame) } else { (nil, true) }
            if kind == .video, !isKeyFrame, storage.awaits(stream) {
                return (false, false)
            }
            let isPacket = if case .forwarded = item { true } else { false }
            let limit = storage.replayed.count > 0 || isPacket ? Self.maximumBehindReplay : Self.maximumFrames
            guard storage.items.count - storage.replayed.count < limit,
                storage.bytes - storage.replayed.bytes + item.cost <= Self.maximumBytes
            else {
                if kind == .video, !isPacket { storage.awaitsKeyFrame.insert(stream) }
                storage.hasGap = storage.hasGap || isPacket
                return (false, false)
            }
            let isFirst = storage.items.isEmpty
            if storage.hasGap, isPacket {
                storage.hasGap = false
                storage.items.append(.renumber)
            }
            if !storage.awaitsKeyFrame.isEmpty { storage.awaitsKeyFrame.remove(stream) }
            storage.begun?.insert(stream)
            if beginsGroup {
                storage.beginsGroup = true
                storage.leaveOutReplay(before: item)
            }
            storage.append(item)
            return (true, isFirst)
        }
    }

    /// Packets that were numbered by another are not sent: those that follow go on from the last
    /// that was.
    func skip() { storage.withLock { $0.hasGap = true } }

    /// Tells the loop that something waits.
    func wakeLoop() { wake() }

    /// Takes what was sent before, for a peer that has no picture, and has not been given it just
    /// now. The loop is to be woken if that is true.
    func enqueue(replay group: GroupOfPictures, now: Duration) -> Bool {
        storage.withLock { storage in
            let distance = Self.replayDistance * (1 << min(storage.replayCount, Self.maximumDoublings))
            guard storage.isActive, storage.replayed.count == 0,
                storage.lastReplay.map({ now - $0 >= distance }) ?? true
            else { return false }
            let (items, end, length) = group.replay()
            storage.replayCount = storage.lastReplay == nil ? 0 : storage.replayCount + 1
            storage.lastReplay = now
            storage.awaitsKeyFrame = []
            storage.begun = nil
            storage.ahead = storage.items.count
            storage.items.append(contentsOf: items)
            storage.replayed = (items.count, items.reduce(0) { $0 + $1.cost })
            storage.pace = ReplayPace(bytes: storage.replayed.bytes, length: length, now: now)
            storage.bytes += storage.replayed.bytes
            storage.floor = end
            return true
        }
    }

    /// Another track is sent from now on, one that keeps what it has sent.
    func wantReplay() {
        storage.withLock { storage in
            storage.wantsReplay = true
            storage.lastReplay = nil
        }
        wake()
    }

    /// Another track is sent from now on, and its pictures need none of those before.
    ///
    /// - Returns: whether anything is sent now.
    func beginAnew() -> Bool {
        storage.withLock { storage in
            if storage.isActive { storage.begun = [] }
            return storage.isActive
        }
    }

    /// A stream goes on that was not sent for a while.
    func beginAnew(_ stream: String?) {
        storage.withLock { storage in
            if kind == .video { storage.awaitsKeyFrame.insert(stream) }
        }
    }

    /// Whether that has happened since the last call. On the loop.
    func takeWish() -> Bool {
        storage.withLock { storage in
            defer { storage.wantsReplay = false }
            return storage.wantsReplay && storage.isActive
        }
    }

    /// Takes out what is to be sent now: as much of what waits as goes in one turn, but for a group
    /// of pictures that is sent once more, and what is behind it. On the loop.
    ///
    /// - Returns: and when to take more; nil if nothing is left.
    func take(now: Duration) -> (items: Deque<Item>, next: Duration?) {
        storage.withLock { storage in
            let items = storage.take(now: now)
            // What is sent for the first time is as good as sent once more.
            if storage.beginsGroup, storage.items.isEmpty {
                (storage.beginsGroup, storage.lastReplay, storage.replayCount) = (false, now, 0)
            }
            return (items, storage.items.isEmpty ? nil : storage.pace?.next ?? now)
        }
    }

    /// Lets go what waits: it cannot be sent yet.
    func dropAll() {
        let former = storage.withLock { $0.takeAll() }
        withExtendedLifetime(former) {}
    }

    /// Whether both ends have agreed that it may be sent; what waits otherwise is let go.
    ///
    /// - Parameter session: who says so. A section may go to another transport, whose session may
    ///   begin before the one before it ends: that is not listened to any more.
    /// - Returns: whether it may from now on, and might not before, or elsewhere; and whether it
    ///   goes on after a pause.
    @discardableResult
    func setActive(_ isActive: Bool, by session: AnyObject? = nil) -> (hasBegun: Bool, goesOn: Bool) {
        let (former, hasBegun, goesOn) = storage.withLock { storage -> (Deque<Item>, Bool, Bool) in
            let speaker = session.map { ObjectIdentifier($0) }
            let isOwners = storage.owner == speaker
            if !isActive, speaker != nil, storage.owner != nil, !isOwners { return ([], false, false) }
            let hasBegun = isActive && !(storage.isActive && isOwners)
            storage.isActive = isActive
            storage.owner = isActive ? speaker : nil
            if hasBegun { storage.lastReplay = nil }
            let goesOn = hasBegun && storage.hasBeenActive
            if isActive { storage.hasBeenActive = true }
            return (isActive ? [] : storage.takeAll(), hasBegun, goesOn)
        }
        withExtendedLifetime(former) {}
        return (hasBegun, goesOn)
    }
}

extension TrackOutbox.Storage {
    fileprivate mutating func append(_ item: TrackOutbox.Item) {
        var item = item
        if let floor, case .frame(var frame) = item {
            let later = max(frame.timestamp, floor + GroupOfPictures.minimumStep)
            self.floor = later > frame.timestamp ? later : nil
            frame.timestamp = later
            item = .frame(frame)
        }
        items.append(item)
        bytes += item.cost
    }

    fileprivate mutating func takeAll() -> Deque<TrackOutbox.Item> {
        pace = nil
        guard !items.isEmpty else { return [] }
        defer {
            items = []
            bytes = 0
            (replayed, ahead) = ((0, 0), 0)
        }
        return items
    }

    fileprivate mutating func take(now: Duration) -> Deque<TrackOutbox.Item> {
        guard pace != nil || bytes > TrackOutbox.maximumTurnBytes else { return takeAll() }
        var taken: Deque<TrackOutbox.Item> = []
        var takenBytes = 0
        while let item = items.first, takenBytes < TrackOutbox.maximumTurnBytes {
            if ahead > 0 {
                ahead -= 1
            } else if replayed.count > 0 {
                guard pace?.take(item.cost, now: now) ?? true else { break }
                replayed.count -= 1
                replayed.bytes -= item.cost
            }
            bytes -= item.cost
            takenBytes += item.cost
            taken.append(item)
            items.removeFirst()
        }
        if replayed.count == 0 { pace = nil }
        return taken
    }

    /// A group begins anew before the one that is sent once more has gone: nobody needs the rest of
    /// that, nor what has come behind it.
    fileprivate mutating func leaveOutReplay(before item: TrackOutbox.Item) {
        guard replayed.count > 0 else { return }
        let rest = items[ahead...].filter { item in
            if case .frame(let frame) = item { frame.streamID != nil } else { false }
        }
        items.removeLast(items.count - ahead)
        items.append(contentsOf: rest)
        if case .packet = item { items.append(.renumber) }
        bytes = items.reduce(0) { $0 + $1.cost }
        (replayed, ahead, pace) = ((0, 0), 0, nil)
    }
}
